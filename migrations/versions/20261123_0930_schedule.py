"""Elect the process that does the chores."""

revision = "schedule"
down_revision = "limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
