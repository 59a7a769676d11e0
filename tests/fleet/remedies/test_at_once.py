"""Two people plan the same at once: one of them does, the other is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from fleet.contracts.clock import now
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyPlanIn
from fleet.contracts.stations import JobKind
from fleet.database import make_sessions
from fleet.errors import Conflict
from fleet.remedies.models import Remedy
from fleet.remedies.services import plan
from fleet.stations.models import Job
from tests.factories import Make
from tests.fleet.compliance.seen import facts

AT_ONCE = 4
PHONES = 3


@pytest.fixture
def own(engine: Engine):
    return make_sessions(engine)


@pytest.fixture
def tags(own) -> list[str]:
    with own.begin() as session:
        phones = [Make(session).device(tag=f"T-{n}", serial=f"S-{n}") for n in range(PHONES)]
        for phone in phones:
            phone.facts, phone.last_seen_at = facts().model_dump(mode="json"), now()
        return [phone.tag for phone in phones]


def test_of_those_who_plan_the_same_at_once_one_does(own, tags):
    start = Barrier(AT_ONCE)

    def ask(number: int) -> int:
        asked = tags if number % 2 else tags[::-1]  # whoever takes them in another order waits too
        given = RemedyPlanIn(devices=asked, action=RemedyAction.CLOSE_WIRELESS)
        start.wait(30)
        try:
            with own.begin() as session:
                return plan(session, given, actor=Make(session).actor()).planned
        except Conflict:
            return 0

    with ThreadPoolExecutor(AT_ONCE) as pool:
        planned = list(pool.map(ask, range(AT_ONCE)))

    assert sorted(planned) == [0, 0, 0, PHONES]
    with own() as session:
        assert session.scalar(select(func.count(Remedy.id))) == PHONES
        jobs = select(func.count(Job.id)).where(Job.kind == JobKind.REMEDY)
        assert session.scalar(jobs) == PHONES


def test_the_database_itself_holds_one_live_remedy_to_a_target(own, tags):
    from sqlalchemy.exc import IntegrityError

    given = RemedyPlanIn(devices=tags[:1], action=RemedyAction.CLOSE_WIRELESS)
    with own.begin() as session:
        plan(session, given, actor=Make(session).actor())
        first = session.scalars(select(Remedy)).one()
        columns = {c.key: getattr(first, c.key) for c in Remedy.__table__.columns}
        again = Job(kind=JobKind.REMEDY, device_id=first.device_id, created_at=now())
        session.add(again)
        session.flush()
        twin = {**columns, "id": again.id, "number": "RM-X", "job_id": again.id}
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(Remedy.__table__.insert().values(**twin))
