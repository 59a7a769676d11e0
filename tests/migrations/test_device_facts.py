"""What phones said of themselves moves to a table of its own, and back."""

import json
from uuid import uuid4

import sqlalchemy as sa

import migrations
from fleet.contracts.clock import now
from fleet.contracts.flat import ANSWER_TO, LISTS
from fleet.database import make_engine

BEFORE = "compliance"
FACTS = {"identity": {"serial": "SN1"}}
NOTED = {"os.android": "15", "device_owner": "com.a", "sims.0.state": "absent", "sims.1.state": "x"}


def fill(url: str) -> None:
    """Store a phone that was seen and one that was not, as the version before did."""
    engine = make_engine(url)
    columns = ("tag", "serial", "state", "present", "version", "facts_digest")
    device = sa.table(
        "device",
        *(sa.column(name) for name in columns),
        *(sa.column(name, sa.JSON()) for name in ("imei", "facts", "noted")),
        sa.column("id", sa.Uuid()),
        sa.column("found_at", sa.DateTime(timezone=True)),
    )
    phone = {"state": "in_stock", "present": False, "version": 1, "imei": [], "found_at": now()}
    seen = {"tag": "T-1", "serial": "SN1", "facts": FACTS, "noted": NOTED, "facts_digest": "a" * 64}
    unseen = {"tag": "T-2", "serial": "SN2", "facts": None, "noted": {}, "facts_digest": None}
    with engine.begin() as connection:
        for told in (seen, unseen):
            connection.execute(sa.insert(device).values(id=uuid4(), **phone, **told))
    engine.dispose()


def stored(url: str, question: str) -> list[tuple[object, ...]]:
    engine = make_engine(url)
    with engine.begin() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(question))]
    engine.dispose()
    return [tuple(json.loads(one) if isinstance(one, str) else one for one in row) for row in rows]


def test_what_was_told_is_kept_there_and_back(url: str) -> None:
    migrations.downgrade(url, BEFORE)
    fill(url)

    migrations.upgrade(url)
    [(facts, noted)] = stored(url, "SELECT facts, noted FROM device_facts")
    assert (facts, noted) == (FACTS, noted | NOTED)
    assert migrations.differences(url) == []

    migrations.downgrade(url, BEFORE)
    both = stored(url, "SELECT facts, noted FROM device ORDER BY tag")
    assert both[0] == (FACTS, both[0][1] | NOTED)
    assert both[1][1] == {}
    assert not both[0][1].keys() & LISTS.keys()


def test_what_was_noted_before_is_taken_for_an_answer_to_every_question(url: str) -> None:
    migrations.downgrade(url, BEFORE)
    fill(url)

    migrations.upgrade(url)
    [(noted,)] = stored(url, "SELECT noted FROM device_facts")

    added = {"apps", "users", "sims", "accounts", "sims.0.iccid", *ANSWER_TO} - NOTED.keys()
    assert noted == {**dict.fromkeys(added, ""), **NOTED}
