"""Register phones and what visits learn of them."""

import sqlalchemy as sa
from alembic import op

revision = "devices"
down_revision = "people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("market_name", sa.String(), nullable=True),
        sa.Column("imei", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("facts_digest", sa.String(), nullable=True),
        sa.Column("noted", sa.JSON(), nullable=False),
        sa.Column("build", sa.String(), nullable=True),
        sa.Column("system", sa.String(), nullable=True),
        sa.Column("returning_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("serial", name="uq_device_serial"),
        sa.UniqueConstraint("tag", name="uq_device_tag"),
    )
    op.create_index("ix_device_state", "device", ["state"], unique=False)
    op.create_index("ix_device_station_id", "device", ["station_id"], unique=False)
    op.create_table(
        "device_change",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_device_change_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_change"),
    )
    op.create_index(
        "ix_device_change_device_id_at", "device_change", ["device_id", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("device_change")
    op.drop_table("device")
