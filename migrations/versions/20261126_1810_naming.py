"""Say how accounts are named, and keep which are not named so."""

import sqlalchemy as sa
from alembic import op

revision = "naming"
down_revision = "applications"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "naming_rule",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("effective_from", MOMENT, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("refuse", sa.Boolean(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "department_id IS NOT NULL OR NOT inherits",
            name=op.f("ck_naming_rule_company_has_its_own"),
        ),
        sa.CheckConstraint("least <= most", name=op.f("ck_naming_rule_lengths_in_order")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_naming_rule_department_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_naming_rule"),
    )
    for columns in (["department_id"], ["kind", "effective_from"]):
        op.create_index(f"ix_naming_rule_{'_'.join(columns)}", "naming_rule", columns)
    op.create_table(
        "naming_deviation",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("nickname", sa.String(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("proposed", sa.String(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("agreed_by", sa.String(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("level", sa.String(length=40), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(wanted IS NULL) = (agreed_at IS NULL)",
            name=op.f("ck_naming_deviation_agreed_on_something"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_naming_deviation_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_naming_deviation"),
        sa.UniqueConstraint("number", name="uq_naming_deviation_number"),
    )
    for columns in (["account_id"], ["closed_at", "due_at"]):
        op.create_index(f"ix_naming_deviation_{'_'.join(columns)}", "naming_deviation", columns)
    op.create_index(
        "uq_naming_deviation_open",
        "naming_deviation",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("naming_deviation")
    op.drop_table("naming_rule")
