"""Waivers of old, granted by who asked, go on counting; and going back counts no others."""

from uuid import UUID, uuid4

import sqlalchemy as sa

import migrations
from fleet.contracts.clock import now
from fleet.database import make_engine

BEFORE = "stocktakes"


def fill(url: str) -> None:
    """Store a phone with two waivers, as the version before did."""
    engine, device = make_engine(url), uuid4()
    uuid, moment = sa.Uuid(), sa.DateTime(timezone=True)
    phone = sa.table(
        "device",
        *(sa.column("id", uuid), sa.column("imei", sa.JSON()), sa.column("found_at", moment)),
        *map(sa.column, ("tag", "serial", "state", "present", "version")),
    )
    waiver = sa.table(
        "waiver",
        *(sa.column("id", uuid), sa.column("device_id", uuid), sa.column("at", moment)),
        *map(sa.column, ("check_name", "reason", "by")),
    )
    told = {"id": device, "imei": [], "found_at": now(), "tag": "T-1", "serial": "SN1"}
    more = {"state": "returning", "present": False, "version": 1}
    with engine.begin() as connection:
        connection.execute(sa.insert(phone).values(**told, **more))
        for check in ("pin", "backup"):
            said = {"check_name": check, "reason": "broken", "by": "Chen Hao"}
            row = {"id": uuid4(), "device_id": device, "at": now()}
            connection.execute(sa.insert(waiver).values(**row, **said))
    engine.dispose()


def asked(url: str, question: str) -> list[tuple[object, ...]]:
    engine = make_engine(url)
    with engine.begin() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(question))]
    engine.dispose()
    return rows


def test_waivers_of_old_are_numbered_granted_and_end(url: str) -> None:
    migrations.downgrade(url, BEFORE)
    fill(url)

    migrations.upgrade(url)

    year = now().year
    kept = asked(url, "SELECT number, state, asked_by, decided_by FROM waiver ORDER BY number")
    assert kept == [(f"WV-{year}-00{n}", "granted", "Chen Hao", "Chen Hao") for n in (1, 2)]
    assert asked(url, "SELECT value FROM counter WHERE name LIKE 'waiver.%'") == [(2,)]
    assert asked(url, "SELECT count(*) FROM waiver WHERE until > at") == [(2,)]
    nobody = {UUID(str(row[0])) for row in asked(url, "SELECT asked_by_id FROM waiver")}
    assert nobody == {UUID(int=0)}


def test_going_back_leaves_what_was_granted_and_no_state_that_is_not_known(url: str) -> None:
    migrations.downgrade(url, BEFORE)
    fill(url)
    migrations.upgrade(url)
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE waiver SET state = 'asked' WHERE check_name = 'pin'"))
        connection.execute(sa.text("UPDATE device SET state = 'quarantined'"))
    engine.dispose()

    migrations.downgrade(url, BEFORE)

    assert asked(url, "SELECT check_name FROM waiver") == [("backup",)]
    assert asked(url, "SELECT state FROM device") == [("accepted",)]
