"""Grant roles, by someone, with a reason, for a part of the company."""

revision = "grants"
down_revision = "cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
