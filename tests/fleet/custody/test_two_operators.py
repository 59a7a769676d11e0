"""I1: of two operators issuing one thing at once, one wins and the other is told who has it."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from fleet.accounts.models import Account
from fleet.audit.queries import verify_trail
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.custody.errors import AlreadyHeld, HeldMeanwhile
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.database import make_sessions, write
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.people.models import Employee
from fleet.sims.models import Sim
from tests.factories import Make

KINDS = {"devices": Device, "sims": Sim, "accounts": Account}
OPERATORS = 4


@pytest.fixture
def own_sessions(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


def at_once(work: Callable[[int], None], count: int) -> list[Exception]:
    """Run `work` in threads that begin at the same moment and return what they raised."""
    start, raised = threading.Barrier(count), []

    def run(n: int) -> None:
        start.wait(timeout=30)
        try:
            work(n)
        except Exception as problem:  # noqa: BLE001 — handed to the test
            raised.append(problem)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


@pytest.mark.parametrize("kind", KINDS)
def test_one_wins_and_the_others_are_told_who_has_it(
    own_sessions: sessionmaker[Session], kind: str
):
    with own_sessions.begin() as session:
        make = Make(session)
        thing = {"devices": make.device, "sims": make.sim, "accounts": make.account}[kind]()
        people = [make.employee().id for _ in range(OPERATORS)]
    actor = make.actor()

    def hand_out(n: int) -> None:
        with own_sessions.begin() as session:
            to = session.get_one(Employee, people[n])
            same = session.get_one(KINDS[kind], thing.id)
            issue(session, to=to, **{kind: [same]}, actor=actor)

    refusals = at_once(hand_out, OPERATORS)

    assert [type(refusal) for refusal in refusals] == [AlreadyHeld] * (OPERATORS - 1)
    with own_sessions() as session:
        (winner,) = session.scalars(select(Holding))
        assert {refusal.holder for refusal in refusals} == {
            f"{winner.employee.name} ({winner.employee.number})"
        }
        assert verify_trail(session).entries == 1


def test_the_database_itself_allows_one_holder(own_sessions: sessionmaker[Session]):
    """Whatever code forgets to look: the second row is refused, in our own words."""
    with own_sessions.begin() as session:
        make = Make(session)
        device, people = make.device(), [make.employee(), make.employee()]

    def hold(n: int) -> None:
        with own_sessions.begin() as session:
            held = Holding(
                thing=Thing.DEVICE,
                device_id=device.id,
                employee_id=people[n].id,
                issued_at=now(),
                issued_by="nobody who looks",
            )
            session.add(held)
            write(session)

    refusals = at_once(hold, 2)

    assert [type(refusal) for refusal in refusals] == [HeldMeanwhile]
    with own_sessions() as session:
        assert session.scalar(select(func.count()).select_from(Holding)) == 1


def test_crossed_kits_wait_for_each_other_and_do_not_lock_up(own_sessions: sessionmaker[Session]):
    with own_sessions.begin() as session:
        make = Make(session)
        first, second = make.device(), make.device()
        people = [make.employee().id, make.employee().id]
    orders = [[first.id, second.id], [second.id, first.id]]

    def hand_out(n: int) -> None:
        with own_sessions.begin() as session:
            devices = [session.get_one(Device, key) for key in orders[n]]
            to = session.get_one(Employee, people[n])
            issue(session, to=to, devices=devices, actor=make.actor())

    refusals = at_once(hand_out, 2)

    assert [isinstance(refusal, FleetError) for refusal in refusals] == [True]
