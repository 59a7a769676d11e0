"""What a station's word of a remedy means: proven by what the phone showed, and by nothing else."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import func, select

from fleet.audit.models import AuditEntry
from fleet.audit.queries import verify_trail
from fleet.compliance.standings import on_phone
from fleet.compliance.waiving import waive
from fleet.contracts.clock import now
from fleet.contracts.findings import Rule, WaiverIn
from fleet.contracts.keeping import PreservationIn
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction, RemedyOutcome, WirelessSeen
from fleet.contracts.remedying import RemedyPlanIn, RemedyState
from fleet.contracts.stations import JobDone, JobState
from fleet.keeping.preserving import place
from fleet.remedies import lifecycle
from fleet.remedies.errors import (
    NothingWasChanged,
    NoWayBack,
    RemedyMoveNotAllowed,
    RemedyNotDone,
    RemedyOvertaken,
    RemedyUnderWay,
)
from fleet.remedies.models import Remedy
from fleet.remedies.queries import shown, with_proofs
from fleet.remedies.services import cancel, plan, undo
from fleet.stations.errors import JobUnderWay
from fleet.stations.jobs import cancel_job
from fleet.stations.models import Job
from tests.fleet.compliance.seen import APPS
from tests.fleet.remedies.conftest import GAME_APP
from tests.fleet.remedies.shown import GAME, app, closed, disabled, done, restored


@pytest.fixture
def remedy(session, phone, planned):
    """Give a remedy that waits for a station."""
    [line] = planned().lines
    return by_number(session, line.remedy)


@pytest.fixture
def lease(desk, post, remedy):
    return desk.lease(post)


@pytest.fixture
def settle(desk, post, remedy, session):
    """Have the station take the job that waits, and say what came of it."""

    def said(outcome):
        lease = desk.lease(post)
        answer = desk.sync(post, post.report(done(lease.job, outcome)), free=0)
        assert not answer.rejected
        session.expire_all()
        return lease

    return said


@pytest.fixture(autouse=True)
def _at_the_station(request, session):
    """Have the phones of a test be at its station."""
    if "post" in request.fixturenames:
        post, phone = request.getfixturevalue("post"), request.getfixturevalue("phone")
        phone.station_id, phone.present = post.actor.id, True
        session.commit()


def by_number(session, number):
    return session.scalars(select(Remedy).where(Remedy.number == number)).one()


def events(session, subject):
    rows = select(AuditEntry).where(AuditEntry.subject_id == subject.id)
    return [row.event for row in session.scalars(rows.order_by(AuditEntry.sequence))]


def test_a_station_is_told_what_to_do(remedy, lease):
    task = lease.task

    assert (task.action, task.package, task.user) == (RemedyAction.DISABLE_APP, GAME, 0)
    assert (task.remedy, task.apk, task.before) == (str(remedy.id), None, None)


def test_what_the_phone_showed_is_verified_and_on_record(session, remedy, settle):
    settle(disabled())

    assert (remedy.state, remedy.level) == (RemedyState.DONE, Level.VERIFIED)
    assert (remedy.digest, remedy.changed) == ("b" * 64, True)
    assert remedy.before["enabled"] is True
    assert events(session, remedy) == ["remedy.planned", "remedy.ended"]
    assert verify_trail(session).whole


WRONG = {
    "nothing": {"after": None},
    "still on": {"after": app()},
    "not known": {"after": app(enabled=None)},
    "another app": {"after": app("com.example.other", enabled=False)},
    "another user": {"after": app(enabled=False, user=10)},
    "doors": {"after": WirelessSeen(switch=False, port=0, port_at_start=0)},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_a_word_that_the_phone_does_not_bear_out_verifies_nothing(remedy, settle, told):
    for _ in range(3):
        settle(disabled(**told))

    assert (remedy.state, remedy.level) == (RemedyState.IN_DOUBT, Level.NONE)
    assert remedy.reason == "not_shown"


def test_an_app_that_is_gone_already_cannot_be_started(remedy, settle):
    gone = app(installed=False, enabled=None, setting=None)

    settle(disabled(before=gone, after=gone, changed=False, undo=None))

    assert (remedy.state, remedy.level) == (RemedyState.DONE, Level.VERIFIED)


def test_a_remedy_in_doubt_is_looked_at_again_with_what_was_before(session, remedy, settle):
    first = settle(RemedyOutcome(state="in_doubt", reason="gone", before=app()))
    assert remedy.state is RemedyState.PLANNED

    second = settle(disabled(before=app(enabled=False)))

    assert second.job != first.job
    assert second.task.before == app()
    assert (remedy.state, remedy.before["enabled"]) == (RemedyState.DONE, True)


def test_doubt_is_not_tried_for_ever(session, remedy, settle):
    for _ in range(3):
        settle(RemedyOutcome(state="in_doubt", reason="gone"))

    assert remedy.state is RemedyState.IN_DOUBT
    live = Job.state.in_([JobState.WAITING, JobState.LEASED])
    assert session.scalar(select(func.count(Job.id)).where(live)) == 0


def test_what_a_phone_refuses_is_said_with_its_word(remedy, settle):
    settle(RemedyOutcome(state="refused", reason="admin", word="DELETE_FAILED", sentence="No."))

    assert (remedy.state, remedy.level) == (RemedyState.REFUSED, Level.NONE)
    assert (remedy.reason, remedy.word) == ("admin", "DELETE_FAILED")


def test_the_same_report_again_has_the_effect_of_one(session, desk, post, remedy, lease):
    report = post.report(done(lease.job, disabled()))
    desk.sync(post, report, free=0)
    desk.sync(post, report, free=0)
    desk.sync(post, post.report(done(lease.job, RemedyOutcome(state="refused"))), free=0)

    session.expire_all()
    assert remedy.state is RemedyState.DONE
    assert events(session, remedy) == ["remedy.planned", "remedy.ended"]


def test_a_late_word_of_what_was_called_off_is_still_true(session, tools, make, desk, post, remedy):
    lease = desk.lease(post)
    remedy.job.leased_until = now() - timedelta(seconds=1)
    session.commit()
    cancel(session, remedy.number, actor=make.actor())
    assert remedy.state is RemedyState.IN_DOUBT

    desk.sync(post, post.report(done(lease.job, disabled())), free=0)

    session.expire_all()
    assert (remedy.state, remedy.level) == (RemedyState.DONE, Level.VERIFIED)


def test_a_remedy_at_a_station_is_not_called_off(session, make, remedy, lease):
    with pytest.raises(JobUnderWay):
        cancel(session, remedy.number, actor=make.actor())


def test_a_remedy_that_waits_is_called_off(session, make, remedy):
    cancel(session, remedy.number, actor=make.actor())

    assert (remedy.state, remedy.job.state) == (RemedyState.CANCELLED, JobState.CANCELLED)
    with pytest.raises(RemedyMoveNotAllowed):
        cancel(session, remedy.number, actor=make.actor())


def test_whoever_cancels_the_job_cancels_the_remedy(session, tools, make, remedy):
    cancel_job(session, tools, remedy.job, actor=make.actor())

    assert remedy.state is RemedyState.CANCELLED


def test_what_has_come_in_its_way_meanwhile_stops_it(session, make, phone, finding, desk, post):
    given = RemedyPlanIn(findings=[finding().number], action=RemedyAction.REMOVE_APP)
    [line] = plan(session, given, actor=make.actor()).lines
    place(session, PreservationIn(device=phone.tag, reason="test"), actor=make.actor())
    session.commit()

    assert desk.sync(post).leases == []

    remedy = by_number(session, line.remedy)
    assert (remedy.state, remedy.reason) == (RemedyState.REFUSED, "task_refused")
    assert "preserves what is on" in remedy.sentence


def test_a_waiver_stops_what_was_planned_before_it(session, make, remedy, finding, desk, post):
    until = WaiverIn(until=now() + timedelta(days=3), reason="test")
    waive(session, finding().number, until, actor=make.actor())
    session.commit()

    assert desk.sync(post).leases == []

    assert (remedy.state, remedy.reason) == (RemedyState.REFUSED, "task_refused")


def test_a_station_that_failed_half_way_leaves_doubt(session, desk, post, remedy, lease):
    desk.sync(post, post.report(JobDone(job=lease.job, failure="adb went away")), free=0)

    session.expire_all()
    assert (remedy.state, remedy.reason) == (RemedyState.IN_DOUBT, "station_failed")


def test_a_finding_closes_by_what_is_seen_and_its_proof_is_named(
    session, make, phone, seen, finding, remedy, settle
):
    settle(disabled())
    seen(phone, apps=(*APPS, GAME_APP.model_copy(update={"enabled": False})))

    assert finding().closed_because == "seen_well"
    said = with_proofs(session, phone, on_phone(session, phone, actor=make.actor()))
    [rule] = [one for one in said.rules if one.rule is Rule.APP_FORBIDDEN]
    assert [(one.number, one.level) for one in rule.done] == [(remedy.number, Level.VERIFIED)]
    assert rule.done[0].digest == "b" * 64


def test_a_remedy_is_taken_back_by_one_of_its_own(session, make, desk, post, remedy, settle):
    settle(disabled())

    back = undo(session, remedy.number, reason="a mistake", actor=make.actor())
    session.commit()
    lease = settle(restored())

    assert (lease.task.action, lease.task.before) == (RemedyAction.RESTORE_APP, app())
    assert (back.state, back.level) == (RemedyState.DONE, Level.VERIFIED)
    assert remedy.state is RemedyState.UNDONE
    assert events(session, remedy)[-1] == "remedy.undone"
    assert shown(session, remedy).undone_by == back.number
    assert shown(session, back).undo_of == remedy.number


def test_what_did_not_come_back_is_not_undone(session, make, remedy, settle):
    settle(disabled())
    back = undo(session, remedy.number, actor=make.actor())
    session.commit()

    for _ in range(3):
        settle(restored(after=app(enabled=False)))

    assert (back.state, remedy.state) == (RemedyState.IN_DOUBT, RemedyState.DONE)


def test_only_what_was_done_and_changed_can_be_taken_back(session, make, remedy, settle):
    with pytest.raises(RemedyNotDone):
        undo(session, remedy.number, actor=make.actor())
    settle(disabled(changed=False, undo=None))

    with pytest.raises(NothingWasChanged):
        undo(session, remedy.number, actor=make.actor())


def test_what_the_phone_cannot_take_back_is_said_so(session, make, remedy, settle):
    settle(disabled(undo=None))

    with pytest.raises(NoWayBack):
        undo(session, remedy.number, actor=make.actor())


def test_a_way_back_is_planned_once(session, make, remedy, settle):
    settle(disabled())
    undo(session, remedy.number, actor=make.actor())
    session.commit()

    with pytest.raises(RemedyUnderWay):
        undo(session, remedy.number, actor=make.actor())


def test_the_latest_is_taken_back_first(session, make, phone, finding, remedy, settle):
    settle(disabled())
    given = RemedyPlanIn(findings=[finding().number], action=RemedyAction.REMOVE_APP)
    [line] = plan(session, given, actor=make.actor()).lines
    session.commit()
    settle(disabled(after=app(installed=False)))

    with pytest.raises(RemedyOvertaken, match=line.remedy):
        undo(session, remedy.number, actor=make.actor())


def test_the_doors_are_closed_by_what_the_phone_shows(session, make, phone, desk, post, settle):
    given = RemedyPlanIn(devices=[phone.tag], action=RemedyAction.CLOSE_WIRELESS)
    settle(disabled())
    [line] = plan(session, given, actor=make.actor()).lines
    session.commit()

    settle(closed())

    assert by_number(session, line.remedy).level is Level.VERIFIED


def test_doors_that_are_still_open_are_not_closed(session, make, phone, desk, post, settle):
    settle(disabled())
    given = RemedyPlanIn(devices=[phone.tag], action=RemedyAction.CLOSE_WIRELESS)
    [line] = plan(session, given, actor=make.actor()).lines
    session.commit()

    for _ in range(3):
        settle(closed(after=WirelessSeen(switch=False, port=5555)))

    assert by_number(session, line.remedy).state is RemedyState.IN_DOUBT


def test_each_move_leads_where_the_table_says_or_is_refused():
    for state, move in product(RemedyState, lifecycle.Move):
        if (state, move) in lifecycle.MOVES:
            assert lifecycle.after(state, move) is lifecycle.MOVES[state, move]
        else:
            with pytest.raises(RemedyMoveNotAllowed):
                lifecycle.after(state, move)
