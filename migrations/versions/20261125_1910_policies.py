"""Say what is demanded of PINs and passwords, by kind and department, from which day on."""

import sqlalchemy as sa
from alembic import op

revision = "policies"
down_revision = "sim_codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "password_policy",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("effective_from", moment, nullable=False),
        sa.Column("set_at", moment, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("max_age_days", sa.Integer(), nullable=False),
        sa.Column("warning_days", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("history", sa.Integer(), nullable=False),
        sa.Column("patterns", sa.JSON(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("disclosure_hours", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)",
            name=op.f("ck_password_policy_quiet_both_or_none"),
        ),
        sa.CheckConstraint(
            "department_id IS NOT NULL OR NOT inherits",
            name=op.f("ck_password_policy_company_has_its_own"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_password_policy_department_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_password_policy"),
    )
    for columns in (["department_id"], ["kind", "effective_from"]):
        name = f"ix_password_policy_{'_'.join(columns)}"
        op.create_index(name, "password_policy", columns, unique=False)


def downgrade() -> None:
    op.drop_table("password_policy")
