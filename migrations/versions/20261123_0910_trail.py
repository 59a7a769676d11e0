"""Keep checkpoints of the trail, and what changed."""

revision = "trail"
down_revision = "grants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
