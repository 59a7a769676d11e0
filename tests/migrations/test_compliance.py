"""The revision that grades findings, there and back with findings in the table."""

from uuid import uuid4

import sqlalchemy as sa

import migrations
from fleet.contracts.clock import now
from fleet.database import make_engine

BEFORE = "device_imei"


def fill(url: str) -> None:
    """Store a finding of the PIN, as the version before did."""
    engine, key = make_engine(url), uuid4()
    with engine.begin() as connection:
        device = sa.table(
            "device",
            *(sa.column(name) for name in ("tag", "serial", "state", "present", "version")),
            *(sa.column(name, sa.JSON()) for name in ("imei", "noted")),
            sa.column("id", sa.Uuid()),
            sa.column("found_at", sa.DateTime(timezone=True)),
        )
        phone = {"tag": "T-1", "serial": "SN1", "state": "in_stock", "present": False}
        counted = {"version": 1, "imei": [], "noted": {}, "found_at": now()}
        connection.execute(sa.insert(device).values(id=key, **phone, **counted))
        finding = sa.table(
            "finding",
            *(sa.column(name) for name in ("number", "rule", "by_a_station")),
            sa.column("id", sa.Uuid()),
            sa.column("device_id", sa.Uuid()),
            sa.column("opened_at", sa.DateTime(timezone=True)),
        )
        told = {"number": "FD-1", "rule": "pin_refused", "by_a_station": False, "opened_at": now()}
        connection.execute(sa.insert(finding).values(id=key, device_id=key, **told))
    engine.dispose()


def asked(url: str, question: str) -> list[object]:
    engine = make_engine(url)
    with engine.begin() as connection:
        answer = connection.execute(sa.text(question))
        rows = [tuple(row) for row in answer] if answer.returns_rows else []
    engine.dispose()
    return rows


def test_findings_of_the_pin_are_critical_and_due_at_once(url: str):
    migrations.downgrade(url, BEFORE)
    fill(url)

    migrations.upgrade(url)

    [row] = asked(url, "SELECT severity, due_at = opened_at, waived_until FROM finding")
    assert row == ("critical", True, None)
    assert migrations.differences(url) == []


def test_going_back_keeps_what_the_version_before_knows(url: str):
    migrations.downgrade(url, BEFORE)
    fill(url)
    migrations.upgrade(url)
    other = "UPDATE finding SET rule = 'rooted', number = 'FD-2'"

    migrations.downgrade(url, BEFORE)
    assert asked(url, "SELECT number FROM finding") == [("FD-1",)]
    migrations.upgrade(url)
    asked(url, other)
    migrations.downgrade(url, BEFORE)
    assert asked(url, "SELECT number FROM finding") == []
    migrations.upgrade(url)
