"""Keep what each station last said that it can do while the server is away."""

import sqlalchemy as sa
from alembic import op

revision = "offline_readiness"
down_revision = "issue_on_form"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("station", sa.Column("offline", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("station", "offline")
