"""Account for every file of a phone."""

import sqlalchemy as sa
from alembic import op

revision = "backups"
down_revision = "rotation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("roots", sa.JSON(), nullable=False),
        sa.Column("excludes", sa.JSON(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("manifest_digest", sa.String(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state <> 'complete' OR manifest_digest IS NOT NULL",
            name=op.f("ck_backup_accounted_for"),
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_backup_device_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["employee.id"], name="fk_backup_holder_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_backup_job_id"),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name="fk_backup_station_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup"),
        sa.UniqueConstraint("number", name="uq_backup_number"),
    )
    op.create_index("ix_backup_device_id_state", "backup", ["device_id", "state"], unique=False)
    op.create_index("ix_backup_holder_id", "backup", ["holder_id"], unique=False)
    op.create_table(
        "backup_pack",
        sa.Column("backup_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["backup_id"], ["backup.id"], name="fk_backup_pack_backup_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_pack"),
        sa.UniqueConstraint("backup_id", "number", name="uq_backup_pack_backup_id_number"),
    )
    op.create_index("ix_backup_pack_digest", "backup_pack", ["digest"], unique=False)


def downgrade() -> None:
    op.drop_table("backup_pack")
    op.drop_table("backup")
