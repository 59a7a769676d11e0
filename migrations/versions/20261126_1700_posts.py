"""Know every post of a person, who answers for a department first, and partners."""

import sqlalchemy as sa
from alembic import op

revision = "posts"
down_revision = "quick_facts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("employee", sa.Column("post_since", sa.Date(), nullable=True))
    with op.batch_alter_table("department") as department:
        department.add_column(sa.Column("responsible_id", sa.Uuid(), nullable=True))
        department.create_foreign_key(
            "fk_department_responsible_id", "employee", ["responsible_id"], ["id"]
        )
    op.create_table(
        "post",
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT main OR until IS NOT NULL", name=op.f("ck_post_main_one_is_the_employees")
        ),
        sa.CheckConstraint(
            "until IS NULL OR since IS NULL OR until >= since", name=op.f("ck_post_ends_after")
        ),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_post_employee_id"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_post_department_id"),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
    )
    for column in ("employee_id", "department_id"):
        op.create_index(f"ix_post_{column}", "post", [column], unique=False)
    goes_on = sa.text("until IS NULL")
    op.create_index(
        "uq_post_open",
        "post",
        ["employee_id", "department_id", "title"],
        unique=True,
        sqlite_where=goes_on,
        postgresql_where=goes_on,
    )
    op.create_table(
        "partner",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", sa.Date(), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_partner_department_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_partner"),
        sa.UniqueConstraint("name", name="uq_partner_name"),
    )
    for column in ("department_id", "state"):
        op.create_index(f"ix_partner_{column}", "partner", [column], unique=False)


def downgrade() -> None:
    op.drop_table("partner")
    op.drop_table("post")
    with op.batch_alter_table("department") as department:
        department.drop_constraint("fk_department_responsible_id", type_="foreignkey")
        department.drop_column("responsible_id")
    op.drop_column("employee", "post_since")
