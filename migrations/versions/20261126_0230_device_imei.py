"""Find a phone by its IMEI, when it comes with another serial number."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "device_imei"
down_revision = "resealed_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_imei",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("imei", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_device_imei_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_imei"),
        sa.UniqueConstraint("imei", "device_id", name="uq_device_imei_imei_device_id"),
    )
    op.create_index("ix_device_imei_device_id", "device_imei", ["device_id"], unique=False)
    _note_what_is_known()


def _note_what_is_known() -> None:
    device = sa.table("device", sa.column("id", sa.Uuid()), sa.column("imei", sa.JSON()))
    known = sa.table(
        "device_imei",
        sa.column("id", sa.Uuid()),
        sa.column("device_id", sa.Uuid()),
        sa.column("imei", sa.String()),
    )
    connection = op.get_bind()
    rows = [
        {"id": uuid4(), "device_id": row.id, "imei": imei}
        for row in connection.execute(sa.select(device.c.id, device.c.imei)).all()
        for imei in sorted(set(row.imei))
    ]
    if rows:
        connection.execute(sa.insert(known), rows)


def downgrade() -> None:
    op.drop_table("device_imei")
