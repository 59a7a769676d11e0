"""Count attempts where all server processes see them."""

revision = "limits"
down_revision = "trail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
