"""Whoever is killed between two lines of a case: all of it is done or nothing, and one goes on."""

import signal
from collections.abc import Mapping

import pytest
from sqlalchemy import Engine, select

from fleet.accounts.models import Account
from fleet.audit.queries import verify_trail
from fleet.backups.models import Backup
from fleet.cases.models import Case
from fleet.cases.opening import open_case, transfer_of
from fleet.contracts.accounts import AccountKind
from fleet.contracts.cases import CaseState
from fleet.contracts.clock import now
from fleet.custody.issuing import issue
from fleet.database import Base, make_sessions
from fleet.devices.models import Device
from fleet.people.models import Department, Employee, Status
from fleet.rotation.models import Rotation
from tests.conftest import ON_SQLITE
from tests.crash.casework import REFUSED, VERBS, ended, tools_in
from tests.factories import Make
from tests.fleet.cases.test_leaving import say_groups

KILLED = -signal.SIGKILL
DIALECTS_AND_HOW_OFTEN = pytest.mark.parametrize(
    ("dialect", "every"),
    [("sqlite", 1), pytest.param("postgres", 7, marks=pytest.mark.postgres)],
    indirect=["dialect"],
)


@pytest.fixture
def own(engine: Engine):
    return make_sessions(engine)


@pytest.fixture
def boss(own):
    """Give who does it; 王芳 holds a phone, a SIM and an account."""
    with own.begin() as session:
        make = Make(session)
        ann, device = make.employee(number="E1", name="王芳"), make.device()
        boss = make.actor()
        sim, account = make.sim(), make.account()
        issue(session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=boss)
    return boss


def everything(own) -> Mapping[str, list[tuple[object, ...]]]:
    """Return all that the database says."""
    with own() as session:
        tables = Base.metadata.sorted_tables
        rows = {table.name: session.execute(select(table)).all() for table in tables}
    return {name: sorted(map(tuple, found), key=str) for name, found in rows.items()}


def killed_everywhere(url: str, own, home, verb: str, actor, *, every: int = 1) -> int:
    """Kill it at one instant after the other; return how many left nothing behind.

    The first that leaves something was killed after its commit: all of it is there.
    """
    before, at = everything(own), 0
    while (code := ended(url, home, verb, actor, at)) == KILLED and everything(own) == before:
        at += every
    assert code in {KILLED, 0}  # it may have been through before its next instant came
    with own() as session:
        assert verify_trail(session).whole
    return at // every


@DIALECTS_AND_HOW_OFTEN
def test_a_case_is_opened_whole_or_not_at_all(own, url, tmp_path, boss, every):
    killed = killed_everywhere(url, own, tmp_path, "open", boss, every=every)

    assert killed * every > 15

    with own() as session:
        case = session.scalars(select(Case)).one()
        assert (case.state, case.employee.status) == (CaseState.OPEN, Status.LEAVING)
        things = [session.scalars(select(kind)).one() for kind in (Device, Account)]
        assert {one.state.value for one in things} == {"returning"}
        assert len(session.scalars(select(Backup)).all()) == 1
        assert len(session.scalars(select(Rotation)).all()) == 2
    assert ended(url, tmp_path, "open", boss) == REFUSED  # it names the case that is open


@ON_SQLITE
def test_a_case_is_cancelled_and_begun_again_whole_or_not_at_all(own, url, tmp_path, boss):
    with own.begin() as session:
        VERBS["open"](session, tools_in(tmp_path), boss)

    assert killed_everywhere(url, own, tmp_path, "cancel", boss, every=3) > 3
    with own() as session:
        assert session.scalars(select(Employee)).one().status is Status.ACTIVE
        assert session.scalars(select(Device)).one().state.value == "issued"
    assert ended(url, tmp_path, "cancel", boss) == REFUSED

    assert killed_everywhere(url, own, tmp_path, "reopen", boss, every=3) > 3
    with own() as session:
        assert session.scalars(select(Employee)).one().status is Status.LEAVING
        live = select(Rotation).where(Rotation.ended_at.is_(None))
        assert len(session.scalars(live).all()) == 2
    assert ended(url, tmp_path, "reopen", boss) == REFUSED


@ON_SQLITE
def test_a_last_word_does_all_that_follows_from_it_or_nothing(own, url, tmp_path, boss):
    with own.begin() as session:
        make = Make(session)
        ann = session.scalars(select(Employee)).one()
        to = make.department(code="NORTH")
        issue(session, to=ann, accounts=[make.account(AccountKind.WECOM)], actor=boss)
        wanted = transfer_of(ann, to, by=now().date())
        say_groups(session, open_case(session, tools_in(tmp_path), wanted, actor=boss), actor=boss)

    assert killed_everywhere(url, own, tmp_path, "do", boss, every=2) > 2

    with own() as session:
        ann = session.scalars(select(Employee)).one()
        assert session.scalars(select(Case)).one().state is CaseState.CLOSED
        assert session.get_one(Department, ann.department_id).code == "NORTH"
    assert ended(url, tmp_path, "do", boss) == REFUSED
