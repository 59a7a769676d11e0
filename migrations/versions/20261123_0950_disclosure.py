"""Ask for a value, have it approved, see it once."""

revision = "disclosure"
down_revision = "signin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
