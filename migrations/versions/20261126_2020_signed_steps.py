"""Name the paper that a step of a case rests on."""

import sqlalchemy as sa
from alembic import op

revision = "signed_steps"
down_revision = "offline_readiness"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_step", sa.Column("paper", sa.String(), nullable=True))
    op.add_column("case_step", sa.Column("paper_digest", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_step", "paper_digest")
    op.drop_column("case_step", "paper")
