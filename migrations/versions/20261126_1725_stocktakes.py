"""Count what is really there: stock-takes, and what is to be found in each."""

import sqlalchemy as sa
from alembic import op

revision = "stocktakes"
down_revision = "begun_backups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stocktake",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=True),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("pool", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("pool_size", sa.Integer(), nullable=True),
        sa.Column("pool_digest", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("cancelled_because", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake")),
        sa.UniqueConstraint("number", name=op.f("uq_stocktake_number")),
    )
    op.create_index(op.f("ix_stocktake_state"), "stocktake", ["state"])
    op.create_table(
        "stocktake_item",
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("thing", sa.String(length=40), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sim_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_by", sa.String(), nullable=True),
        sa.Column("how", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.String(length=40), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolution_note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "device_id IS NULL OR sim_id IS NULL",
            name=op.f("ck_stocktake_item_one_thing_at_most"),
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_stocktake_item_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["employee.id"], name=op.f("fk_stocktake_item_holder_id")
        ),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name=op.f("fk_stocktake_item_sim_id")),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktake.id"], name=op.f("fk_stocktake_item_stocktake_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_item")),
        sa.UniqueConstraint(
            "stocktake_id", "device_id", name=op.f("uq_stocktake_item_stocktake_id_device_id")
        ),
        sa.UniqueConstraint(
            "stocktake_id", "name", name=op.f("uq_stocktake_item_stocktake_id_name")
        ),
        sa.UniqueConstraint(
            "stocktake_id", "sim_id", name=op.f("uq_stocktake_item_stocktake_id_sim_id")
        ),
    )
    op.create_index(op.f("ix_stocktake_item_device_id"), "stocktake_item", ["device_id"])
    op.create_index(
        op.f("ix_stocktake_item_due_on_resolution"), "stocktake_item", ["due_on", "resolution"]
    )
    op.create_index(op.f("ix_stocktake_item_sim_id"), "stocktake_item", ["sim_id"])


def downgrade() -> None:
    op.drop_table("stocktake_item")
    op.drop_table("stocktake")
