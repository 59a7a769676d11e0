"""Grant roles, by someone, with a reason, for a part of the company."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "grants"
down_revision = "cases"
branch_labels = None
depends_on = None

# An administrator of before could do everything: he holds each of the roles that share it now.
ROLES = {
    "administrator": ("administrator", "security", "auditor", "operator"),
    "operator": ("operator",),
    "auditor": ("auditor",),
}


def upgrade() -> None:
    _add_grants()
    _add_policy()
    _grant_what_was_held()
    with op.batch_alter_table("app_user") as user:
        user.drop_column("role")
        user.add_column(sa.Column("employee_id", sa.Uuid(), nullable=True))
        user.create_foreign_key("fk_app_user_employee_id", "employee", ["employee_id"], ["id"])
        user.create_unique_constraint("uq_app_user_employee_id", ["employee_id"])


def _add_grants() -> None:
    op.create_table(
        "role_grant",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_role_grant_department_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_role_grant_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
    )
    op.create_index("ix_role_grant_user_id", "role_grant", ["user_id"])
    everywhere = sa.text("department_id IS NULL AND ended_at IS NULL")
    _unique("uq_role_grant_everywhere", ["user_id", "role"], everywhere)
    held = sa.text("ended_at IS NULL")
    _unique("uq_role_grant_department", ["user_id", "role", "department_id"], held)


def _unique(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(
        name, "role_grant", columns, unique=True, sqlite_where=where, postgresql_where=where
    )


def _add_policy() -> None:
    numbers = (
        "approval_minutes",
        "view_minutes",
        "password_length",
        "password_classes",
        "lockout_after",
        "lockout_seconds",
        "lockout_seconds_most",
        "idle_minutes",
        "session_hours",
    )
    op.create_table(
        "access_policy",
        sa.Column("administrators_separated", sa.Boolean(), nullable=False),
        sa.Column("disclosure_needs_approval", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        sa.Column("second_factor", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_policy"),
    )


def _grant_what_was_held() -> None:
    user = sa.table("app_user", sa.column("id", sa.Uuid()), sa.column("role", sa.String()))
    grant = sa.table(
        "role_grant",
        sa.column("id", sa.Uuid()),
        sa.column("user_id", sa.Uuid()),
        sa.column("role", sa.String()),
        sa.column("reason", sa.String()),
        sa.column("granted_by", sa.String()),
        sa.column("granted_at", sa.DateTime(timezone=True)),
    )
    rows = [
        {
            "id": uuid4(),
            "user_id": key,
            "role": role,
            "reason": "held before roles were granted one by one",
            "granted_by": "workfleet",
            "granted_at": datetime.now(UTC),  # noqa: TID251,
        }
        for key, held in op.get_bind().execute(sa.select(user.c.id, user.c.role))
        for role in ROLES[held]
    ]
    if rows:
        op.get_bind().execute(sa.insert(grant), rows)


def downgrade() -> None:
    with op.batch_alter_table("app_user") as user:
        user.drop_constraint("uq_app_user_employee_id", type_="unique")
        user.drop_constraint("fk_app_user_employee_id", type_="foreignkey")
        user.drop_column("employee_id")
        user.add_column(sa.Column("role", sa.String(40), nullable=False, server_default="auditor"))
    for role in ("operator", "administrator"):
        op.execute(_held_again(role))
    with op.batch_alter_table("app_user") as user:
        user.alter_column("role", server_default=None)
    op.drop_table("access_policy")
    op.drop_table("role_grant")


def _held_again(role: str) -> sa.TextClause:
    holders = "SELECT user_id FROM role_grant WHERE role = :role AND ended_at IS NULL"
    statement = sa.text(f"UPDATE app_user SET role = :role WHERE id IN ({holders})")  # noqa: S608
    return statement.bindparams(role=role)
