"""Let a phone go whose backup is read whole and waits at its station for the server."""

import sqlalchemy as sa
from alembic import op

revision = "read_whole"
down_revision = "compliance"
branch_labels = None
depends_on = None

INDEX = "uq_job_leased_device"


def upgrade() -> None:
    op.drop_index(INDEX, "job")
    with op.batch_alter_table("job") as table:
        nothing: sa.Column[bool] = sa.Column(
            "read_whole", sa.Boolean(), nullable=False, server_default=sa.false()
        )
        table.add_column(nothing)
    with op.batch_alter_table("job") as table:
        table.alter_column("read_whole", server_default=None)
    _index_where("state = 'leased' AND NOT read_whole")


def downgrade() -> None:
    op.drop_index(INDEX, "job")
    op.execute(
        "UPDATE job SET state = 'waiting', station_id = NULL, leased_until = NULL"
        " WHERE read_whole AND state = 'leased'"
    )
    with op.batch_alter_table("job") as table:
        table.drop_column("read_whole")
    _index_where("state = 'leased'")


def _index_where(condition: str) -> None:
    where = sa.text(condition)
    op.create_index(
        INDEX, "job", ["device_id"], unique=True, sqlite_where=where, postgresql_where=where
    )
