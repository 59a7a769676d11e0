"""The revision of remedies, and back with one that a station has had."""

import sqlalchemy as sa

import migrations
from fleet.contracts.clock import now
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.stations import SyncIn
from fleet.database import make_engine, make_sessions
from fleet.remedies.services import plan
from fleet.stations.exchange import sync
from tests.factories import Make
from tests.fleet.compliance.seen import facts
from tests.fleet.stations.desk import Desk

BEFORE = "compliance"


def test_going_back_leaves_no_job_that_the_version_before_does_not_know(url: str, tools):
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        desk = Desk(session, tools, Make(session))
        post, phone = desk.post(), desk.make.device()
        phone.facts, phone.last_seen_at = facts().model_dump(mode="json"), now()
        phone.station_id, phone.present = post.actor.id, True
        given = RemedyPlanIn(devices=[phone.tag], action=RemedyAction.CLOSE_WIRELESS)
        plan(session, given, actor=desk.make.actor())
        session.commit()
        sync(session, tools, SyncIn(present=[phone.serial]), actor=post.actor)
        session.commit()
    engine.dispose()

    migrations.downgrade(url, BEFORE)

    assert counted(url, "job") == counted(url, "job_lease") == 0
    migrations.upgrade(url)
    assert migrations.differences(url) == []


def counted(url: str, table: str) -> int:
    engine = make_engine(url)
    with engine.connect() as connection:
        count = connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 — ours
    engine.dispose()
    return int(count or 0)
