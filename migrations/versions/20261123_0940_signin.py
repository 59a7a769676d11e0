"""Sign in with a second factor, in sessions that end."""

import sqlalchemy as sa
from alembic import op

revision = "signin"
down_revision = "schedule"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_recovery_code_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])
    op.create_table(
        "sign_in_guard",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_guard"),
        sa.UniqueConstraint("username", name="uq_sign_in_guard_username"),
    )
    for table, columns in _columns().items():
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.add_column(column)
    _without_defaults()


def _columns() -> dict[str, list[sa.Column[object]]]:
    moment = sa.DateTime(timezone=True)
    return {
        "app_user": [
            sa.Column("former_hashes", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("totp_sealed", sa.String(), nullable=True),
            sa.Column("totp_since", moment, nullable=True),
            sa.Column("totp_step", sa.BigInteger(), nullable=True),
            sa.Column("break_glass", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("alarm_since", moment, nullable=True),
        ],
        "token": [
            sa.Column("idle_seconds", sa.Integer(), nullable=True),
            sa.Column("only", sa.JSON(), nullable=True),
            sa.Column("agent", sa.String(), nullable=True),
            sa.Column("source_address", sa.String(), nullable=True),
        ],
    }


def _without_defaults() -> None:
    """Take back the values that the rows of before were given."""
    with op.batch_alter_table("app_user") as user:
        for name in ("former_hashes", "must_change", "break_glass"):
            user.alter_column(name, server_default=None)


def downgrade() -> None:
    for table, columns in _columns().items():
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.drop_column(column.name)
    op.drop_table("sign_in_guard")
    op.drop_table("recovery_code")
