"""An accepted phone is wiped, and only an erased one goes back into stock."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fleet.access.actor import SYSTEM
from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone, JobKind, JobState, WipeOutcome
from fleet.custody import wiping
from fleet.custody.acceptance import accept, plan_wipe
from fleet.custody.errors import WipeNotDue, WipeUnderWay
from fleet.custody.issuing import issue
from fleet.devices.errors import MoveNotAllowed
from fleet.devices.lifecycle import MOVES, Move, State
from fleet.stations.models import Job
from fleet.vault.queries import credential_of, pin_of
from tests.factories import Make
from tests.fleet.custody.proofs import look_at_empty, return_with_proof

MINUTE = timedelta(minutes=1)


@pytest.fixture
def accepted(session, tools, make: Make):
    """Give a phone that was accepted, with its wipe waiting."""
    device, ann = make.device(), make.employee()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return_with_proof(session, tools, make, device, ann)
    return accept(session, device, actor=make.actor())


def report(session, tools, job: Job, state: str, *, late: bool = False) -> None:
    outcome = WipeOutcome(state=state, method="testharness")
    done = JobDone(job=str(job.id), wipe=outcome)
    job.state = JobState.DONE
    wiping.settle(session, tools, job, done, late=late, actor=SYSTEM)


@pytest.mark.parametrize("state", ["verified", "observed"])
def test_an_erased_phone_that_is_seen_empty_is_stock_and_its_pins_open_nothing(
    session, tools, make, accepted, state
):
    device = accepted.device

    report(session, tools, accepted.wipe, state)
    assert device.state is State.WIPED
    look_at_empty(session, tools, make, device)

    credential = credential_of(session, pin_of(device))
    assert device.state is State.IN_STOCK
    assert (credential.active, credential.level) == (None, Level.NONE)


@pytest.mark.parametrize("present", [True, False])
def test_an_erased_phone_is_looked_at_whether_it_is_known_to_be_here_or_not(
    session, tools, accepted, present
):
    """What was seen of it comes with the same message, from before the server knew."""
    accepted.device.present = present

    report(session, tools, accepted.wipe, "verified")

    looks = select(Job.state).where(Job.kind == JobKind.PROBE)
    assert session.scalars(looks).all() == [JobState.WAITING]


@pytest.mark.parametrize("state", ["guided", "refused", "in_doubt"])
def test_a_phone_that_may_not_be_erased_is_no_stock(session, tools, accepted, state):
    report(session, tools, accepted.wipe, state)

    assert accepted.device.state is State.ACCEPTED
    assert credential_of(session, pin_of(accepted.device)).active is not None


def test_a_wipe_in_doubt_is_tried_again_but_not_for_ever(session, tools, accepted):
    job = accepted.wipe
    for _ in range(5):
        report(session, tools, job, "in_doubt")
        waiting = select(Job).where(Job.kind == JobKind.WIPE, Job.state == JobState.WAITING)
        job = session.scalar(waiting)
        if job is None:
            break

    wipes = session.scalars(select(Job).where(Job.kind == JobKind.WIPE)).all()
    assert len(wipes) == wiping.MOST_TRIES


def test_a_late_word_that_it_is_erased_is_still_true(session, tools, accepted):
    report(session, tools, accepted.wipe, "verified", late=True)

    assert accepted.device.state is State.WIPED


def test_a_phone_that_is_out_again_stays_out_whatever_is_heard_late(session, tools, make, accepted):
    report(session, tools, accepted.wipe, "verified")
    look_at_empty(session, tools, make, accepted.device)
    issue(session, to=make.employee(), devices=[accepted.device], actor=make.actor())

    report(session, tools, accepted.wipe, "verified", late=True)

    assert accepted.device.state is State.ISSUED


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED}))
def test_only_an_accepted_phone_is_ever_wiped(session, tools, accepted, state):
    accepted.device.state = state
    session.flush()

    with pytest.raises(WipeNotDue):
        wiping.make_task(session, tools, accepted.wipe, None)
    if state is not State.WIPED:  # one that is not empty yet is accepted again, and wiped again
        with pytest.raises(WipeNotDue):
            plan_wipe(session, accepted.device, actor=SYSTEM)


def test_stock_is_reached_by_the_wipe_or_from_stock_itself():
    from_where = {(state, move) for (state, move), to in MOVES.items() if to is State.IN_STOCK}
    into_repair = {state for (state, move) in MOVES if move is Move.SEND_TO_REPAIR}

    assert from_where == {
        (State.WIPED, Move.RESTOCK),
        (State.ACCEPTED, Move.RESTOCK),  # on the word of somebody entitled to give it
        (State.IN_REPAIR, Move.REPAIRED),
    }
    assert into_repair == {State.IN_STOCK}


def test_a_wipe_is_not_planned_twice(session, make, accepted):
    with pytest.raises(WipeUnderWay):
        plan_wipe(session, accepted.device, actor=make.actor())


def test_a_wipe_that_ended_badly_can_be_planned_again(session, tools, make, accepted):
    report(session, tools, accepted.wipe, "refused")

    assert plan_wipe(session, accepted.device, actor=make.actor()).state is JobState.WAITING


def test_a_phone_that_cannot_show_it_is_stock_by_an_administrators_word(session, make, accepted):
    wiping.restock_by_hand(
        session, accepted.device, reason="seen at the welcome screen", actor=make.actor()
    )

    assert accepted.device.state is State.IN_STOCK
    assert recorded(session)[-1].details == {"reason": "seen at the welcome screen"}


def test_a_wipe_that_waits_is_needless_after_an_administrators_word(session, make, accepted):
    wiping.restock_by_hand(session, accepted.device, reason="seen by two", actor=make.actor())

    assert accepted.wipe.state is JobState.CANCELLED


def test_no_word_is_taken_while_a_station_erases_the_phone(session, make, accepted):
    accepted.wipe.state, accepted.wipe.leased_until = JobState.LEASED, now() + MINUTE
    with pytest.raises(WipeUnderWay):
        wiping.restock_by_hand(session, accepted.device, reason="seen by two", actor=make.actor())

    accepted.wipe.leased_until = now() - MINUTE
    wiping.restock_by_hand(session, accepted.device, reason="seen by two", actor=make.actor())

    assert accepted.device.state is State.IN_STOCK


def test_an_operators_word_is_not_enough(session, make, accepted):
    with pytest.raises(NotAllowed):
        wiping.restock_by_hand(
            session, accepted.device, reason="in a hurry", actor=make.actor(Role.OPERATOR)
        )


def test_no_word_puts_a_phone_into_stock_past_the_gate(session, make):
    with pytest.raises(MoveNotAllowed):
        wiping.restock_by_hand(
            session, make.device(State.RETURNING), reason="it is fine", actor=make.actor()
        )
