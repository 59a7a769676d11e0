"""Two people at one case at the same moment: one wins, the other is told, and the trail is whole.

The second begins when the first has done all but commit, so that each pair meets every time.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.audit.models import AuditEntry
from fleet.audit.queries import verify_trail
from fleet.cases import services
from fleet.cases.errors import CaseMoveNotAllowed, CaseOpen, StepMoveNotAllowed
from fleet.cases.models import Case
from fleet.cases.opening import handing_on_of, open_case, open_leaving
from fleet.contracts.accounts import AccountKind
from fleet.contracts.cases import CaseState, CaseStepKind, StepState
from fleet.contracts.clock import now
from fleet.custody.issuing import issue
from fleet.custody.services import return_account, return_sim
from fleet.database import make_sessions
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.people.errors import EmployeeNotActive
from fleet.people.models import Employee, Status
from fleet.sims.models import Sim
from fleet.vault.tools import Tools
from tests.conftest import DIALECTS
from tests.factories import Make
from tests.fleet.cases.test_leaving import finish_work

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

BY = date(2099, 12, 31)
YESTERDAY = now().date() - timedelta(days=1)
PAUSE = threading.Event()
STUCK = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Verb = Callable[[Session], object]


@dataclass
class Desk:
    """王芳 with a SIM and a WeCom account, whom 陈浩 follows; verbs of whoever sits there."""

    own: sessionmaker[Session]
    tools: Tools
    boss: Actor
    number: str = ""

    def one(self, session: Session, kind: type, **named: str):
        return session.scalars(select(kind).filter_by(**named)).one()

    def ann(self, session: Session) -> Employee:
        return self.one(session, Employee, number="E1")

    def case(self, session: Session) -> Case:
        return self.one(session, Case, number=self.number)

    def step(self, kind: CaseStepKind) -> int:
        with self.own() as session:
            return next(one.number for one in self.case(session).steps if one.kind is kind)

    def opened(self, *, finished: bool = False) -> None:
        """Open the leaving; `finished`: what stations do for it is done, and his day is over."""
        with self.own.begin() as session:
            self.number = self.open(session, by=YESTERDAY if finished else BY).number
            if finished:
                finish_work(session, self.ann(session))

    def open(self, session: Session, by: date = BY) -> Case:
        ben = self.one(session, Employee, number="E2")
        return open_leaving(
            session, self.tools, self.ann(session), by=by, successor=ben, actor=self.boss
        )

    def do(self, kind: CaseStepKind) -> Verb:
        step = self.step(kind)
        return lambda session: services.do(session, self.number, step, note="done", actor=self.boss)

    def waive(self, kind: CaseStepKind) -> Verb:
        step = self.step(kind)
        return lambda session: services.waive(
            session, self.number, step, reason="there are none", actor=self.boss
        )

    def cancel(self, session: Session) -> None:
        services.cancel(session, self.tools, self.number, reason="stays", actor=self.boss)

    def reopen(self, session: Session) -> None:
        services.reopen(session, self.tools, self.number, reason="leaves", actor=self.boss)

    def hand_a_phone(self, session: Session) -> None:
        phone = self.one(session, Device, tag="WF-1")
        issue(session, to=self.ann(session), devices=[phone], actor=self.boss)

    def sim_back(self, session: Session) -> None:
        return_sim(session, session.scalars(select(Sim)).one(), actor=self.boss)

    def account_back(self, session: Session) -> None:
        return_account(session, session.scalars(select(Account)).one(), actor=self.boss)


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desk:
    own = make_sessions(engine)
    with own.begin() as session:
        make = Make(session)
        ann = make.employee(number="E1", name="王芳")
        make.employee(number="E2", name="陈浩"), make.employee(number="E3", name="周敏")
        make.device(tag="WF-1")
        sim = make.sim()
        account = make.account(AccountKind.WECOM, number=sim.number)
        boss = make.actor()
        issue(session, to=ann, sims=[sim], accounts=[account], actor=boss)
    return Desk(own, tools, boss)


def crossed(desk: Desk, first: Verb, second: Verb) -> FleetError | None:
    """Let the second begin before the first is stored; return what it was refused with."""
    refused: list[Exception] = []

    def beside() -> None:
        try:
            with desk.own.begin() as session:
                second(session)
        except Exception as problem:  # noqa: BLE001 — handed to the test
            refused.append(problem)

    other = threading.Thread(target=beside)
    with desk.own.begin() as session:
        first(session)
        other.start()
        _until_it_waits(desk, other)
    other.join(60)
    assert not other.is_alive()
    with desk.own() as session:
        assert verify_trail(session).whole
    return refused[0] if refused else None


def _until_it_waits(desk: Desk, other: threading.Thread) -> None:
    """Writers of SQLite wait from their beginning; of PostgreSQL it is asked."""
    while other.is_alive():
        with desk.own() as looking:  # a transaction sees those who wait as they were at first
            if looking.get_bind().dialect.name == "sqlite" or looking.scalar(STUCK):
                return
        PAUSE.wait(0.01)


def told(desk: Desk) -> list[str]:
    """Return what the trail says of cases, in order."""
    of_cases = select(AuditEntry.event).where(AuditEntry.event.startswith("case."))
    with desk.own() as session:
        return list(session.scalars(of_cases.order_by(AuditEntry.sequence)))


def test_of_two_who_open_a_case_for_one_person_the_second_is_told_of_the_first(desk: Desk):
    refused = crossed(desk, desk.open, desk.open)

    assert isinstance(refused, CaseOpen)
    with desk.own() as session:
        assert refused.number == session.scalars(select(Case)).one().number
    assert told(desk) == ["case.opened"]


@pytest.mark.parametrize(
    ("first", "second"), [("do", "do"), ("do", "waive"), ("waive", "do"), ("waive", "waive")]
)
def test_a_step_ends_once_whatever_two_people_do_with_it(desk: Desk, first: str, second: str):
    desk.opened()
    verbs = {"do": desk.do, "waive": desk.waive}

    refused = crossed(
        desk, verbs[first](CaseStepKind.CUSTOMERS), verbs[second](CaseStepKind.CUSTOMERS)
    )

    assert isinstance(refused, StepMoveNotAllowed)
    word = {"do": "case.step_done", "waive": "case.step_waived"}[first]
    assert told(desk) == ["case.opened", word]


def test_nothing_is_done_in_a_case_that_is_being_cancelled(desk: Desk):
    desk.opened()

    refused = crossed(desk, desk.cancel, desk.do(CaseStepKind.CUSTOMERS))

    assert isinstance(refused, CaseMoveNotAllowed)
    assert told(desk) == ["case.opened", "case.cancelled"]


def test_a_word_that_was_given_before_a_case_is_cancelled_stays(desk: Desk):
    desk.opened()

    refused = crossed(desk, desk.do(CaseStepKind.CUSTOMERS), desk.cancel)

    assert refused is None
    with desk.own() as session:
        states = {one.kind: one.state for one in desk.case(session).steps}
        assert states.pop(CaseStepKind.CUSTOMERS) is StepState.DONE
        assert set(states.values()) == {StepState.NOT_NEEDED}
        assert desk.ann(session).status is Status.ACTIVE


def test_a_case_is_cancelled_once(desk: Desk):
    desk.opened()

    assert isinstance(crossed(desk, desk.cancel, desk.cancel), CaseMoveNotAllowed)

    assert told(desk) == ["case.opened", "case.cancelled"]


@pytest.mark.parametrize("first", ["open", "reopen"])
def test_nobody_opens_a_case_beside_one_that_begins_again(desk: Desk, first: str):
    desk.opened()
    with desk.own.begin() as session:
        desk.cancel(session)
    verbs = [desk.open, desk.reopen]

    refused = crossed(desk, *(verbs if first == "open" else verbs[::-1]))

    assert isinstance(refused, CaseOpen)
    with desk.own() as session:
        assert len(session.scalars(select(Case).where(Case.state == CaseState.OPEN)).all()) == 1


def test_nothing_is_handed_to_whom_a_case_is_being_opened_for(desk: Desk):
    assert isinstance(crossed(desk, desk.open, desk.hand_a_phone), EmployeeNotActive)


def test_what_is_being_handed_out_is_in_the_case_that_is_opened(desk: Desk):
    assert crossed(desk, desk.hand_a_phone, desk.open) is None

    with desk.own() as session:
        case = session.scalars(select(Case)).one()
        assert {one.holding.name for one in case.steps if one.kind is CaseStepKind.ACCEPT} == {
            "WF-1"
        }


@pytest.mark.parametrize("first", ["sim", "account"])
def test_whose_last_two_things_come_back_at_once_has_left(desk: Desk, first: str):
    desk.opened(finished=True)
    verbs = [desk.sim_back, desk.account_back]

    assert crossed(desk, *(verbs if first == "sim" else verbs[::-1])) is None

    with desk.own() as session:
        assert desk.ann(session).status is Status.LEFT


@pytest.mark.parametrize("first", ["word", "thing"])
def test_a_case_is_closed_by_the_last_word_and_the_last_thing_at_once(desk: Desk, first: str):
    desk.opened(finished=True)
    say_groups = desk.do(CaseStepKind.GROUPS)
    with desk.own.begin() as session:
        desk.sim_back(session)
        say_groups(session)
    verbs = [desk.do(CaseStepKind.CUSTOMERS), desk.account_back]

    assert crossed(desk, *(verbs if first == "word" else verbs[::-1])) is None

    with desk.own() as session:
        case = desk.case(session)
        assert (case.state, case.employee.status) == (CaseState.CLOSED, Status.LEFT)


def test_what_comes_back_as_a_case_is_cancelled_is_in_stock_and_its_holder_stays(desk: Desk):
    desk.opened()

    assert crossed(desk, desk.cancel, desk.sim_back) is None

    with desk.own() as session:
        assert desk.ann(session).status is Status.ACTIVE
        assert session.scalars(select(Sim)).one().state.value == "in_stock"


def test_two_of_three_say_their_part_at_once(desk: Desk):
    with desk.own.begin() as session:
        account = session.scalars(select(Account)).one()
        to, witness = (desk.one(session, Employee, number=number) for number in ("E2", "E3"))
        wanted = handing_on_of(session, account, to, by=BY, witness=witness)
        desk.number = open_case(session, desk.tools, wanted, actor=desk.boss).number
    said = CaseStepKind.GIVER_SIGNS, CaseStepKind.RECEIVER_SIGNS

    assert crossed(desk, *map(desk.do, said)) is None

    with desk.own() as session:
        done = {one.kind for one in desk.case(session).steps if one.state is StepState.DONE}
        assert done == set(said)
