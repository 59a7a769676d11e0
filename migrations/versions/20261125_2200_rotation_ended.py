"""Find at once what ended since somebody last looked."""

from alembic import op

revision = "rotation_ended"
down_revision = "quiet_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_rotation_ended_at", "rotation", ["ended_at"])


def downgrade() -> None:
    op.drop_index("ix_rotation_ended_at", "rotation")
