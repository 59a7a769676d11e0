"""The revision that grades findings, there and back with findings in the table."""

import sqlalchemy as sa

import migrations
from fleet.contracts.clock import now
from fleet.database import make_engine, make_sessions
from tests.factories import Make

BEFORE = "device_imei"


def fill(url: str) -> None:
    """Store a finding of the PIN, as the version before did."""
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        device = Make(session).device()
        finding = sa.table(
            "finding",
            *(sa.column(name) for name in ("number", "rule", "by_a_station")),
            sa.column("id", sa.Uuid()),
            sa.column("device_id", sa.Uuid()),
            sa.column("opened_at", sa.DateTime(timezone=True)),
        )
        told = {"number": "FD-1", "rule": "pin_refused", "by_a_station": False, "opened_at": now()}
        session.execute(sa.insert(finding).values(id=device.id, device_id=device.id, **told))
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
