"""I8 on real connections: the same exchange several times at once, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from fleet.audit.models import AuditEntry
from fleet.contracts.stations import PhoneUnreadable, SyncIn, SyncOut
from fleet.database import make_sessions
from fleet.rotation.services import plan_rotation
from fleet.stations.exchange import sync
from fleet.stations.models import Job, JobLease, StationReport
from tests.factories import Make
from tests.fleet.stations.desk import Desk, Post

AT_ONCE = 6


@pytest.fixture
def own(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


def all_at_once(own, tools, messages: list[tuple[Post, SyncIn]]) -> list[SyncOut]:
    start = Barrier(len(messages))

    def exchange(sent: tuple[Post, SyncIn]) -> SyncOut:
        post, message = sent
        start.wait(30)
        with own.begin() as session:
            return sync(session, tools, message, actor=post.actor)

    with ThreadPoolExecutor(len(messages)) as pool:
        return list(pool.map(exchange, messages))


def test_one_message_sent_many_times_at_once_has_the_effect_of_one(own, tools) -> None:
    with own() as session:
        post = Desk(session, tools, Make(session)).post()
    body = PhoneUnreadable(transport="usb-1", state="offline", reason="asleep")
    message = SyncIn(reports=[post.report(body) for _ in range(5)])

    answers = all_at_once(own, tools, [(post, message)] * AT_ONCE)

    assert {answer.taken for answer in answers} == {5}
    assert [answer.rejected for answer in answers] == [[]] * AT_ONCE
    with own() as session:
        noted = AuditEntry.event == "station.phone_unreadable"
        assert session.scalar(select(func.count(StationReport.id))) == 5
        assert session.scalar(select(func.count()).where(noted)) == 5


def test_a_job_asked_for_many_times_at_once_is_lent_once(own, tools) -> None:
    with own() as session:
        make = Make(session)
        desk = Desk(session, tools, make)
        post, device = desk.post(), make.device()
        plan_rotation(session, tools, device, reason="due", actor=make.actor())
        desk.plug_in(post, device)
        message = SyncIn(present=[device.serial])

    answers = all_at_once(own, tools, [(post, message)] * AT_ONCE)

    leases = [lease for answer in answers for lease in answer.leases]
    assert {(lease.job, lease.attempt) for lease in leases} == {(leases[0].job, 1)}
    with own() as session:
        assert session.scalar(select(func.count(JobLease.id))) == 1


def test_two_stations_that_both_claim_a_phone_never_have_one_job_both(own, tools) -> None:
    with own() as session:
        make = Make(session)
        desk = Desk(session, tools, make)
        posts, device = [desk.post("front"), desk.post("back")], make.device()
        plan_rotation(session, tools, device, reason="due", actor=make.actor())
        session.commit()
        messages = [
            (post, SyncIn(reports=[post.report(desk.seen(device))], present=[device.serial]))
            for post in posts
        ]

    answers = all_at_once(own, tools, messages)

    assert sum(len(answer.leases) for answer in answers) == 1
    with own() as session:
        job = session.scalars(select(Job)).one()
        assert (job.attempts, job.state.value) == (1, "leased")
