"""Know the people who can hold things."""

import sqlalchemy as sa
from alembic import op

revision = "people"
down_revision = "access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("head_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["department.id"], name="fk_department_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_department"),
        sa.UniqueConstraint("code", name="uq_department_code"),
    )
    op.create_table(
        "employee",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("leaves_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_employee_department_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_employee"),
        sa.UniqueConstraint("number", name="uq_employee_number"),
    )
    op.create_index("ix_employee_department_id", "employee", ["department_id"], unique=False)
    op.create_index("ix_employee_name", "employee", ["name"], unique=False)
    op.create_index("ix_employee_status", "employee", ["status"], unique=False)
    # Departments have heads, employees have departments: the one pointer is added when both stand.
    with op.batch_alter_table("department") as department:
        department.create_foreign_key("fk_department_head_id", "employee", ["head_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("department") as department:
        department.drop_constraint("fk_department_head_id", type_="foreignkey")
    op.drop_table("employee")
    op.drop_table("department")
