"""Keep what is quick about a phone apart from what else it said of itself."""

import sqlalchemy as sa
from alembic import op

revision = "quick_facts"
down_revision = "compliance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("quick", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "quick")
