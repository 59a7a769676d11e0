"""Let backups go on from earlier ones, with names blinded and manifests signed."""

import sqlalchemy as sa
from alembic import op

revision = "chains"
down_revision = "playbooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup_names",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_backup_names_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_names"),
        sa.UniqueConstraint("device_id", name="uq_backup_names_device_id"),
    )
    with op.batch_alter_table("backup") as table:
        table.add_column(sa.Column("index_digest", sa.String(), nullable=True))
        table.add_column(sa.Column("base_id", sa.Uuid(), nullable=True))
        for name in ("chain", "carried", "uncompared"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("compare", sa.Integer(), nullable=False, server_default="100"))
        table.add_column(sa.Column("sealed_by", sa.String(), nullable=True))
        table.add_column(sa.Column("seal_digest", sa.String(), nullable=True))
        table.create_foreign_key("fk_backup_base_id", "backup", ["base_id"], ["id"])
        for name in ("base_id", "index_digest", "seal_digest"):
            table.create_index(f"ix_backup_{name}", [name])
    with op.batch_alter_table("backup") as table:
        for name in ("chain", "carried", "uncompared", "compare"):
            table.alter_column(name, server_default=None)
    with op.batch_alter_table("station") as table:
        table.add_column(sa.Column("signing_key", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("station") as table:
        table.drop_column("signing_key")
    with op.batch_alter_table("backup") as table:
        for name in ("seal_digest", "index_digest", "base_id"):
            table.drop_index(f"ix_backup_{name}")
        table.drop_constraint("fk_backup_base_id", type_="foreignkey")
        for name in ("seal_digest", "sealed_by", "compare", "uncompared", "carried", "chain"):
            table.drop_column(name)
        for name in ("base_id", "index_digest"):
            table.drop_column(name)
    op.drop_table("backup_names")
