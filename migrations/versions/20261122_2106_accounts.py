"""Register work accounts."""

import sqlalchemy as sa
from alembic import op

revision = "accounts"
down_revision = "sims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("nickname", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("registrant", sa.String(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("returning_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_account_department_id"
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_account_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("kind", "handle", name="uq_account_kind_handle"),
    )
    op.create_index("ix_account_department_id", "account", ["department_id"], unique=False)
    op.create_index("ix_account_device_id", "account", ["device_id"], unique=False)
    op.create_index("ix_account_handle", "account", ["handle"], unique=False)
    op.create_index("ix_account_state", "account", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("account")
