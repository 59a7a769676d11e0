"""Keep to which keys an index is sealed, and seal indexes anew like packs."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "resealed_indexes"
down_revision = "plans"
branch_labels = None
depends_on = None

KNOWN = "ck_backup_index_sealed_to_known"


def upgrade() -> None:
    with op.batch_alter_table("backup") as table:
        table.add_column(sa.Column("index_sealed_to", sa.String(), nullable=True))
        table.add_column(sa.Column("index_first_digest", sa.String(), nullable=True))
    _note_keys_of_indexes()
    with op.batch_alter_table("backup") as table:
        table.create_index("ix_backup_index_sealed_to", ["index_sealed_to"])
        table.create_check_constraint(
            op.f(KNOWN), "(index_digest IS NULL) = (index_sealed_to IS NULL)"
        )
    with op.batch_alter_table("resealing") as table:
        table.add_column(sa.Column("kind", sa.String(40), nullable=False, server_default="pack"))
    with op.batch_alter_table("resealing") as table:
        table.alter_column("kind", server_default=None)


def _note_keys_of_indexes() -> None:
    """Every index there is was sealed to all recipients of its backup."""
    backup = sa.table(
        "backup",
        sa.column("id", sa.Uuid()),
        sa.column("recipients", sa.JSON()),
        sa.column("index_digest", sa.String()),
        sa.column("index_sealed_to", sa.String()),
    )
    connection = op.get_bind()
    with_index = sa.select(backup.c.id, backup.c.recipients).where(
        backup.c.index_digest.is_not(None)
    )
    for row in connection.execute(with_index).all():
        ids = {hashlib.sha256(one.encode()).hexdigest()[:16] for one in row.recipients}
        of_it = sa.update(backup).where(backup.c.id == row.id)
        connection.execute(of_it.values(index_sealed_to=" ".join(sorted(ids))))


def downgrade() -> None:
    with op.batch_alter_table("resealing") as table:
        table.drop_column("kind")
    with op.batch_alter_table("backup") as table:
        table.drop_constraint(op.f(KNOWN), type_="check")
        table.drop_index("ix_backup_index_sealed_to")
        table.drop_column("index_first_digest")
        table.drop_column("index_sealed_to")
