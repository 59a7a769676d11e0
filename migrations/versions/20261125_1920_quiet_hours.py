"""Let jobs rest in quiet hours, and find at once which credentials a rotation has in hand."""

import sqlalchemy as sa
from alembic import op

revision = "quiet_hours"
down_revision = "policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("rests_from", sa.Integer(), nullable=True))
        table.add_column(sa.Column("rests_until", sa.Integer(), nullable=True))
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_rotation_live",
        "rotation",
        ["credential_id"],
        sqlite_where=live,
        postgresql_where=live,
    )


def downgrade() -> None:
    op.drop_index("ix_rotation_live", "rotation")
    with op.batch_alter_table("job") as table:
        table.drop_column("rests_until")
        table.drop_column("rests_from")
