"""Sign in with a second factor, in sessions that end."""

revision = "signin"
down_revision = "schedule"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
