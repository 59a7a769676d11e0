"""Lead leavers out."""

import sqlalchemy as sa
from alembic import op

revision = "cases"
down_revision = "custody"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaving_case",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_leaving_case_employee_id"
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["employee.id"], name="fk_leaving_case_successor_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_leaving_case"),
        sa.UniqueConstraint("number", name="uq_leaving_case_number"),
    )
    op.create_index(
        "uq_leaving_case_open",
        "leaving_case",
        ["employee_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "leaving_item",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("holding_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["leaving_case.id"], name="fk_leaving_item_case_id"),
        sa.ForeignKeyConstraint(["holding_id"], ["holding.id"], name="fk_leaving_item_holding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leaving_item"),
    )
    op.create_index("ix_leaving_item_case_id", "leaving_item", ["case_id"], unique=False)
    op.create_index("ix_leaving_item_holding_id", "leaving_item", ["holding_id"], unique=False)


def downgrade() -> None:
    op.drop_table("leaving_item")
    op.drop_table("leaving_case")
