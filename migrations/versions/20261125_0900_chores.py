"""Remember whose turn a chore is, over all servers."""

import sqlalchemy as sa
from alembic import op

revision = "chores"
down_revision = "disclosure"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chore_turn",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ran_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chore_turn"),
        sa.UniqueConstraint("name", name="uq_chore_turn_name"),
    )
    op.create_index("ix_token_expires_at", "token", ["expires_at"])
    op.create_index("ix_station_report_taken_at", "station_report", ["taken_at"])


def downgrade() -> None:
    op.drop_index("ix_station_report_taken_at", "station_report")
    op.drop_index("ix_token_expires_at", "token")
    op.drop_table("chore_turn")
