"""Keep what is at each port of a station, and what people call the places there."""

import sqlalchemy as sa
from alembic import op

revision = "station_ports"
down_revision = "read_whole"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("station", sa.Column("ports_digest", sa.String(), nullable=True))
    op.create_table(
        "station_port",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("port", sa.String(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_station_port_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_port")),
        sa.UniqueConstraint(
            "station_id", "transport", name=op.f("uq_station_port_station_id_transport")
        ),
    )
    op.create_table(
        "station_tray",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("port", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_station_tray_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_tray")),
        sa.UniqueConstraint("station_id", "port", name=op.f("uq_station_tray_station_id_port")),
        sa.UniqueConstraint("station_id", "label", name=op.f("uq_station_tray_station_id_label")),
    )


def downgrade() -> None:
    op.drop_table("station_tray")
    op.drop_table("station_port")
    op.drop_column("station", "ports_digest")
