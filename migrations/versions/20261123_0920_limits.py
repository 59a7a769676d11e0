"""Count attempts where all server processes see them."""

import sqlalchemy as sa
from alembic import op

revision = "limits"
down_revision = "trail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rate_counter"),
        sa.UniqueConstraint("key", name="uq_rate_counter_key"),
    )
    op.create_index("ix_rate_counter_ends_at", "rate_counter", ["ends_at"])


def downgrade() -> None:
    op.drop_table("rate_counter")
