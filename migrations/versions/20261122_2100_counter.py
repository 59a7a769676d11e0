"""Count the numbers people say aloud."""

import sqlalchemy as sa
from alembic import op

revision = "counter"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counter"),
        sa.UniqueConstraint("name", name="uq_counter_name"),
    )


def downgrade() -> None:
    op.drop_table("counter")
