"""Waivers that are asked for and end, accessories and conditions, quarantine, wipes to be seen."""

from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import op

revision = "gate"
down_revision = "stocktakes"
branch_labels = None
depends_on = None

ASKED = sa.text("state = 'asked'")
LONGEST = timedelta(days=366)


MOMENT, TEXT, WORD = sa.DateTime(timezone=True), sa.String(), sa.String(40)
CERTIFICATE = (
    *(("quarantine_until", MOMENT), ("undone_at", MOMENT)),
    *(("undone_by", TEXT), ("undone_because", TEXT)),
)
HOLDING = (
    *(("condition", WORD), ("condition_note", TEXT)),
    *(("back_condition", WORD), ("back_note", TEXT)),
)
WAIVER = (
    *(("number", TEXT), ("until", MOMENT), ("asked_by_id", sa.Uuid())),
    *(("decided_by", TEXT), ("decided_at", MOMENT), ("note", TEXT)),
)


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("certificate") as table:
        for name, kind in CERTIFICATE:
            table.add_column(sa.Column(name, kind, nullable=True))
        table.add_column(sa.Column("kit", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("certificate") as table:
        table.alter_column("kit", server_default=None)
    for name, kind in HOLDING:
        op.add_column("holding", sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("declaration") as table:
        table.add_column(sa.Column("account_id", sa.Uuid(), nullable=True))
        table.create_foreign_key("fk_declaration_account_id", "account", ["account_id"], ["id"])
    _upgrade_waivers()


def _create_tables() -> None:
    op.create_table(
        "accessory_word",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("zh", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accessory_word")),
        sa.UniqueConstraint("word", name=op.f("uq_accessory_word_word")),
    )
    op.create_table(
        "accessory",
        sa.Column("holding_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(40), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("back", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("back_condition", sa.String(40), nullable=True),
        sa.Column("back_note", sa.String(), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "back + missing <= count", name=op.f("ck_accessory_no_more_than_went_out")
        ),
        sa.ForeignKeyConstraint(
            ["holding_id"], ["holding.id"], name=op.f("fk_accessory_holding_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accessory")),
        sa.UniqueConstraint("holding_id", "word", name=op.f("uq_accessory_holding_id_word")),
    )
    op.create_table(
        "wipe",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("boots", sa.String(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("empty_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_wipe_device_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_wipe_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wipe")),
    )
    op.create_index(op.f("ix_wipe_device_id_at"), "wipe", ["device_id", "at"])


def _upgrade_waivers() -> None:
    """Whoever waived a check by himself has asked and granted, for as long as any may be."""
    with op.batch_alter_table("waiver") as table:
        table.alter_column("by", new_column_name="asked_by")
        for name, kind in WAIVER:
            table.add_column(sa.Column(name, kind, nullable=True))
        table.add_column(sa.Column("state", WORD, nullable=False, server_default="granted"))
    _number_waivers()
    with op.batch_alter_table("waiver") as table:
        table.alter_column("state", server_default=None)
        for name, kind in WAIVER[:3]:
            table.alter_column(name, existing_type=kind, nullable=False)
        table.create_unique_constraint("uq_waiver_number", ["number"])
    op.create_index(
        "uq_waiver_asked",
        "waiver",
        ["device_id", "check_name"],
        unique=True,
        sqlite_where=ASKED,
        postgresql_where=ASKED,
    )


def _number_waivers() -> None:
    waiver = sa.table(
        "waiver",
        *(sa.column(name, sa.Uuid()) for name in ("id", "asked_by_id")),
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("at", "until", "decided_at")),
        *(sa.column(name, sa.String()) for name in ("number", "asked_by", "decided_by")),
    )
    counter = sa.table(
        "counter", sa.column("id", sa.Uuid()), sa.column("name"), sa.column("value", sa.Integer())
    )
    connection, numbers = op.get_bind(), dict[int, int]()
    for row in connection.execute(sa.select(waiver).order_by(waiver.c.at, waiver.c.id)).all():
        numbers[row.at.year] = number = numbers.get(row.at.year, 0) + 1
        told = {
            "number": f"WV-{row.at.year}-{number:03d}",
            "until": row.at + LONGEST,
            "asked_by_id": UUID(int=0),
            "decided_by": row.asked_by,
            "decided_at": row.at,
        }
        connection.execute(sa.update(waiver).where(waiver.c.id == row.id).values(**told))
    for year, last in numbers.items():
        counted = {"id": uuid4(), "name": f"waiver.{year}", "value": last}
        connection.execute(sa.insert(counter).values(**counted))


def downgrade() -> None:
    op.execute("DELETE FROM waiver WHERE state <> 'granted'")  # the version before counts them all
    op.execute("DELETE FROM counter WHERE name LIKE 'waiver.%'")
    op.execute("UPDATE device SET state = 'accepted' WHERE state IN ('quarantined', 'wiped')")
    op.drop_index("uq_waiver_asked", "waiver")
    with op.batch_alter_table("waiver") as table:
        table.drop_constraint("uq_waiver_number", type_="unique")
        for name, _kind in (*WAIVER, ("state", WORD)):
            table.drop_column(name)
        table.alter_column("asked_by", new_column_name="by")
    with op.batch_alter_table("declaration") as table:
        table.drop_constraint("fk_declaration_account_id", type_="foreignkey")
        table.drop_column("account_id")
    for name, _kind in HOLDING:
        op.drop_column("holding", name)
    with op.batch_alter_table("certificate") as table:
        table.drop_column("kit")
        for name, _kind in CERTIFICATE:
            table.drop_column(name)
    for name in ("wipe", "accessory", "accessory_word"):
        op.drop_table(name)
