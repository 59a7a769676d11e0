"""A station asks before it changes a phone to erase it; what it may have done is not forgotten."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.clock import now
from fleet.contracts.keeping import PreservationIn
from fleet.contracts.stations import (
    JobDone,
    JobKind,
    JobState,
    WipeOutcome,
    WipeStep,
    WipeStepIn,
)
from fleet.custody.acceptance import accept, plan_wipe
from fleet.custody.emptiness import boots_of, newest_wipe
from fleet.custody.erasing import allow_step, planted_for
from fleet.custody.errors import EraseInDoubt, LegalHold, WipeNotDue, WipeNotYours
from fleet.custody.issuing import issue
from fleet.custody.quarantine import end_quarantines, undo_accept
from fleet.custody.ways import wiping
from fleet.devices.lifecycle import State
from fleet.keeping.preserving import lift, place
from fleet.stations.jobs import cancel_job, plan_job
from fleet.stations.models import Job
from tests.fleet.custody.marks import ERASE, MARKS
from tests.fleet.custody.proofs import return_with_proof
from tests.fleet.stations.desk import Desk

PLANT = WipeStepIn(step=WipeStep.PLANT)


@pytest.fixture
def desk(session, tools, make):
    return Desk(session, tools, make)


@pytest.fixture
def post(desk):
    return desk.post()


@pytest.fixture
def phone(session, tools, make, desk, post):
    """Give an accepted phone at a station."""
    device, ann = make.device(), make.employee()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return_with_proof(session, tools, make, device, ann)
    desk.plug_in(post, device)
    accept(session, device, actor=make.actor())
    session.commit()
    return device


@pytest.fixture
def wipe(session, desk, post, phone):
    """Give its wipe, lent to that station."""
    [lease] = [one for one in desk.sync(post, free=8).leases if one.task.kind is JobKind.WIPE]
    return lease


def may(desk, post, wipe, step=ERASE):
    return allow_step(desk.session, desk.tools, wipe.job, step, actor=post.actor)


def end(desk, post, wipe, **outcome):
    done = JobDone(job=wipe.job, wipe=WipeOutcome(method="testharness", **outcome))
    answer = desk.sync(post, post.report(done), free=0)
    assert not answer.rejected


def newest_job(session):
    wipes = select(Job).where(Job.kind == JobKind.WIPE)
    return session.scalars(wipes.order_by(Job.created_at.desc())).first()


def test_what_may_be_erased_is_in_the_trail_and_its_marks_are_kept(
    session, desk, post, phone, wipe
):
    assert planted_for(session, wipe.job, actor=post.actor) is None
    may(desk, post, wipe, PLANT)
    assert planted_for(session, wipe.job, actor=post.actor) is None

    may(desk, post, wipe)

    assert planted_for(session, wipe.job, actor=post.actor) == MARKS
    assert [one.name for one in recorded(session)].count("device.erase_allowed") == 1
    shown = wiping(session, phone)
    assert shown.erasing_since is not None
    assert "looks before it does anything" in shown.advice


def test_a_preservation_after_the_loan_keeps_the_phone(session, desk, post, phone, wipe):
    held = place(session, PreservationIn(reason="court", device=phone.tag), actor=desk.make.actor())

    for step in (PLANT, WipeStepIn(step=WipeStep.CLEAR_PIN), ERASE):
        with pytest.raises(LegalHold):
            may(desk, post, wipe, step)

    desk.sync(post, post.report(JobDone(job=wipe.job, failure="kept")), free=0)
    assert phone.state is State.QUARANTINED
    lift(session, held.preservation.number, reason="over", actor=desk.make.actor())
    assert end_quarantines(session) == 1


def test_a_loan_that_ran_out_and_is_nobody_elses_is_lent_on(session, desk, post, wipe):
    job = session.get_one(Job, newest_job(session).id)
    job.leased_until = now() - timedelta(hours=3)

    may(desk, post, wipe, PLANT)

    assert job.leased_until > now()


@pytest.mark.parametrize("step", [PLANT, ERASE], ids=["plant", "erase"])
def test_a_wipe_that_was_taken_back_changes_nothing_any_more(
    session, desk, post, phone, wipe, step
):
    newest_job(session).leased_until = now() - timedelta(seconds=1)
    undo_accept(session, phone, reason="a mistake", actor=desk.make.actor())

    with pytest.raises(WipeNotYours):
        may(desk, post, wipe, step)


def test_no_other_station_may_and_no_other_job_is_a_wipe(session, desk, post, phone, wipe):
    other = desk.post("other")
    with pytest.raises(WipeNotYours):
        may(desk, other, wipe)
    with pytest.raises(WipeNotYours):
        planted_for(session, wipe.job, actor=other.actor)

    probe = plan_job(session, JobKind.PROBE, phone, task={}, actor=desk.make.actor())
    probe.station_id = post.actor.id
    with pytest.raises(WipeNotYours):
        allow_step(session, desk.tools, str(probe.id), ERASE, actor=post.actor)


def test_people_are_not_asked_in_the_place_of_stations(session, desk, wipe):
    with pytest.raises(NotAllowed):
        allow_step(session, desk.tools, wipe.job, ERASE, actor=desk.make.actor())


def test_a_phone_in_another_state_is_not_touched(session, desk, post, phone, wipe):
    phone.state = State.WIPED
    session.flush()

    with pytest.raises(WipeNotDue):
        may(desk, post, wipe, PLANT)


def test_an_acceptance_is_not_taken_back_while_nobody_knows_whether_it_was_erased(
    session, tools, desk, post, phone, wipe
):
    may(desk, post, wipe)
    session.commit()
    job = newest_job(session)
    job.leased_until = now() - timedelta(seconds=1)
    with pytest.raises(EraseInDoubt):
        undo_accept(session, phone, reason="a mistake", actor=desk.make.actor())
    session.rollback()

    job.leased_until = now() - timedelta(seconds=1)
    cancel_job(session, tools, job, actor=desk.make.actor())
    with pytest.raises(EraseInDoubt):
        undo_accept(session, phone, reason="a mistake", actor=desk.make.actor())

    plan_wipe(session, phone, actor=desk.make.actor())
    session.commit()
    [again] = desk.sync(post, free=8).leases
    assert planted_for(session, again.job, actor=post.actor) == MARKS
    end(desk, post, again, state="refused")
    undo_accept(session, phone, reason="a mistake", actor=desk.make.actor())
    assert phone.state is State.RETURNING


def test_the_next_try_looks_for_the_marks_of_the_one_before(session, desk, post, phone, wipe):
    may(desk, post, wipe)

    end(desk, post, wipe, state="in_doubt", reason="did_not_come_back")

    again = newest_job(session)
    assert (again.state, again.task["tries"]) == (JobState.WAITING, 2)
    [lease] = desk.sync(post, free=8).leases
    assert planted_for(session, lease.job, actor=post.actor) == MARKS


def test_what_is_known_is_in_doubt_no_more(session, desk, post, phone, wipe):
    may(desk, post, wipe)

    end(desk, post, wipe, state="verified")

    assert phone.state is State.WIPED
    assert "erasing" not in newest_job(session).task
    # Seen already since its new start, before the station could tell: it was known by the old one.
    assert newest_wipe(session, phone).boots == MARKS.boots != boots_of(phone.known_facts)


def test_the_marks_of_an_earlier_life_are_not_looked_for(
    session, tools, make, desk, post, phone, wipe
):
    may(desk, post, wipe)
    newest_job(session).leased_until = now() - timedelta(seconds=1)
    cancel_job(session, tools, newest_job(session), actor=make.actor())
    phone.state = State.IN_STOCK
    session.flush()
    bob = make.employee()
    issue(session, to=bob, devices=[phone], actor=make.actor())
    return_with_proof(session, tools, make, phone, bob)

    accept(session, phone, actor=make.actor())

    assert newest_job(session).task == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "erase"},
        {"step": "plant", "planted": MARKS.model_dump()},
        {"step": "erase", "planted": {**MARKS.model_dump(), "token": "wf_$(reboot)"}},
        {"step": "format"},
    ],
)
def test_marks_that_are_none_are_not_taken(wrong):
    with pytest.raises(ValidationError):
        WipeStepIn.model_validate(wrong)
