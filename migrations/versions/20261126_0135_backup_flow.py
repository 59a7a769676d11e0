"""Let backups be paused, say how fast jobs go, and bound what a station's backups may send."""

import sqlalchemy as sa
from alembic import op

revision = "backup_flow"
down_revision = "chains"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("files", sa.Integer(), nullable=True))
        table.add_column(sa.Column("files_total", sa.Integer(), nullable=True))
        table.add_column(sa.Column("rate", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("job") as table:
        table.alter_column("held", server_default=None)
    with op.batch_alter_table("station") as table:
        table.add_column(sa.Column("backup_rate", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("rate_from", sa.Integer(), nullable=True))
        table.add_column(sa.Column("rate_until", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("station") as table:
        for name in ("rate_until", "rate_from", "backup_rate"):
            table.drop_column(name)
    with op.batch_alter_table("job") as table:
        for name in ("held", "told_at", "rate", "files_total", "files"):
            table.drop_column(name)
