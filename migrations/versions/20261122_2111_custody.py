"""Hold who has what, once at a time."""

import sqlalchemy as sa
from alembic import op

revision = "custody"
down_revision = "backups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declaration",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("check_name", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_declaration_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_declaration"),
    )
    op.create_index("ix_declaration_device_id_at", "declaration", ["device_id", "at"], unique=False)
    op.create_table(
        "waiver",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("check_name", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_waiver_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_waiver"),
    )
    op.create_index("ix_waiver_device_id_at", "waiver", ["device_id", "at"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_certificate_device_id"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_certificate_employee_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("number", name="uq_certificate_number"),
    )
    op.create_index("ix_certificate_device_id", "certificate", ["device_id"], unique=False)
    op.create_table(
        "holding",
        sa.Column("thing", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sim_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("exception", sa.String(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_holding_exactly_one_thing"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_holding_account_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_holding_device_id"),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_holding_employee_id"),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name="fk_holding_sim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holding"),
    )
    op.create_index("ix_holding_account_id", "holding", ["account_id"], unique=False)
    op.create_index("ix_holding_device_id", "holding", ["device_id"], unique=False)
    op.create_index(
        "ix_holding_employee_id_returned_at",
        "holding",
        ["employee_id", "returned_at"],
        unique=False,
    )
    op.create_index("ix_holding_sim_id", "holding", ["sim_id"], unique=False)
    op.create_index(
        "uq_holding_open_account",
        "holding",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.create_index(
        "uq_holding_open_device",
        "holding",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.create_index(
        "uq_holding_open_sim",
        "holding",
        ["sim_id"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("holding")
    op.drop_table("certificate")
    op.drop_table("waiver")
    op.drop_table("declaration")
