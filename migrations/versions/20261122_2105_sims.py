"""Register SIM cards."""

import sqlalchemy as sa
from alembic import op

revision = "sims"
down_revision = "devices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sim",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("iccid", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("registered_owner", sa.String(), nullable=True),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_sim_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sim"),
        sa.UniqueConstraint("iccid", name="uq_sim_iccid"),
        sa.UniqueConstraint("number", name="uq_sim_number"),
    )
    op.create_index("ix_sim_device_id", "sim", ["device_id"], unique=False)
    op.create_index("ix_sim_state", "sim", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("sim")
