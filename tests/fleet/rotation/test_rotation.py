"""I2: whatever happens in whatever order, some value that may be in use opens the phone."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.credentials import VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import PinOutcome, RotationQuery, RotationState
from fleet.contracts.stations import JobState
from fleet.devices.models import Device
from fleet.rotation.errors import RotationUnderWay
from fleet.rotation.models import Rotation
from fleet.rotation.queries import rotation_of, rotations, shown
from fleet.rotation.services import plan_rotation
from fleet.stations.jobs import cancel_job
from fleet.stations.models import StationReport
from fleet.stations.queries import job_of
from fleet.vault import services as vault
from fleet.vault.models import Credential
from fleet.vault.queries import known_credential, opened, pin_of
from tests.fleet.rotation.conftest import planned_now
from tests.fleet.stations.desk import (
    PROOF,
    Desk,
    Post,
    found_new,
    found_old,
    in_doubt,
    proven,
    steps,
)

LATER = timedelta(seconds=121)  # than a lease lasts
OLD = "402917"


@pytest.fixture
def device(desk: Desk, post: Post, session, tools, make) -> Device:
    """Give a phone at the station whose PIN the vault knows by hearsay."""
    device = make.device()
    given = {"value": OLD, "reason": "known", "actor": make.actor()}
    vault.adopt(session, tools, pin_of(device), **given)
    desk.plug_in(post, device)
    return device


@pytest.fixture
def plan(session, tools, make, device):
    """Give a function that plans a rotation and commits, as the door does."""

    def plan(reason: str = "due") -> Rotation:
        rotation = plan_rotation(session, tools, device, reason=reason, actor=make.actor())
        session.commit()
        return rotation

    return plan


def credential(session, device: Device) -> Credential:
    session.expire_all()
    found = known_credential(session, pin_of(device))
    assert found is not None
    return found


def states(session, device: Device) -> list[str]:
    return [version.state.value for version in credential(session, device).versions]


def candidates(session, tools, device: Device) -> set[str]:
    """Return every value the vault would try on the phone."""
    found = credential(session, device)
    in_use = [found.active, found.pending, *found.doubtful]
    return {opened(tools.keyring, version) for version in in_use if version}


def test_the_new_value_is_stored_before_there_is_a_job(session, plan, device) -> None:
    rotation = plan()

    assert states(session, device) == ["active", "pending"]
    assert rotation.job.state is JobState.WAITING
    assert rotation.job.task == {"rotation": str(rotation.id)}


def test_a_job_planned_in_an_exchange_is_lent_in_the_next(desk, post, session, plan) -> None:
    plan()
    lease = desk.lease(post)

    answer = desk.done(post, lease, in_doubt())

    assert answer.leases == []
    assert desk.lease(post).job != lease.job


def test_one_rotation_at_a_time(plan) -> None:
    plan()

    with pytest.raises(RotationUnderWay):
        plan()


def test_who_may_not_plan_plans_nothing(session, tools, make, device) -> None:
    with pytest.raises(NotAllowed):
        plan_rotation(session, tools, device, reason="due", actor=make.actor(Role.AUDITOR))


def test_a_proven_visit_makes_the_new_value_the_active_one(
    desk, post, session, tools, plan, device
) -> None:
    rotation = plan()
    lease = desk.lease(post)
    new = post.opened(lease, lease.task.sealed_new)
    assert post.opened(lease, lease.task.sealed_old) == OLD

    desk.done(post, lease, proven())

    found = credential(session, device)
    assert states(session, device) == ["retired", "active"]
    assert opened(tools.keyring, found.active) == new
    assert (found.level, rotation.state) == (Level.PROVEN, RotationState.PROVEN)
    assert [step.name for step in shown(session, rotation).steps] == [
        text.split()[0] for text in PROOF
    ]


def test_a_first_pin_has_no_old_one(desk, post, session, tools, make) -> None:
    fresh = make.device()
    plan_rotation(session, tools, fresh, reason="first", actor=make.actor())
    desk.plug_in(post, fresh)

    lease = desk.lease(post)

    assert lease.task.sealed_old is None
    assert lease.task.settle is False


@pytest.mark.parametrize("missing", ["set", "check_new", "control"])
def test_a_claim_without_the_steps_is_not_believed(
    desk, post, session, tools, plan, device, missing
) -> None:
    rotation = plan()
    lease = desk.lease(post)
    shown_steps = steps(*(step for step in PROOF if not step.startswith(missing)))

    claim = PinOutcome(state=RotationState.PROVEN, steps=shown_steps, active="new")
    desk.done(post, lease, claim)

    session.refresh(rotation)
    assert rotation.level is not Level.PROVEN
    assert credential(session, device).level is not Level.PROVEN
    assert post.opened(lease, lease.task.sealed_new) in candidates(session, tools, device)


def test_a_phone_that_says_yes_to_everything_leaves_both_values_and_no_level(
    desk, post, session, tools, plan, device, make
) -> None:
    rotation = plan()
    lease = desk.lease(post)
    lies = steps("check_old accepted", "set done", "check_new accepted", "control accepted")

    desk.done(
        post,
        lease,
        PinOutcome(state=RotationState.UNPROVEN, reason="says_yes_to_everything", steps=lies),
    )

    assert states(session, device) == ["active", "doubtful"]
    assert credential(session, device).level is Level.NONE
    assert rotation.reason == "says_yes_to_everything"
    assert OLD in candidates(session, tools, device)
    assert planned_now(session, tools, make.actor()) == []  # it is not asked again in a loop


def test_a_refusal_before_anything_was_sent_changes_nothing(
    desk, post, session, plan, device
) -> None:
    plan()
    before = credential(session, device).level
    refused = PinOutcome(
        state=RotationState.REFUSED, reason="wipe_limit_near", steps=steps("look locked")
    )

    desk.done(post, desk.lease(post), refused)

    assert states(session, device) == ["active", "rejected"]
    assert credential(session, device).level is before


def test_a_phone_that_does_not_know_its_pin_is_left_to_a_person(
    desk, post, session, tools, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    shut = steps("look locked", "check_old refused")

    desk.done(
        post, lease, PinOutcome(state=RotationState.REFUSED, reason="old_refused", steps=shut)
    )

    found = credential(session, device)
    assert (found.level, found.due_at) == (Level.NONE, None)
    assert candidates(session, tools, device) == {
        OLD,
        post.opened(lease, lease.task.sealed_new),
    }


def test_a_refusal_after_it_was_sent_keeps_both_until_the_phone_was_asked(
    desk, post, session, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    sent = steps("check_old accepted", "set throttled")

    desk.done(post, lease, PinOutcome(state=RotationState.REFUSED, reason="throttled", steps=sent))

    assert states(session, device) == ["active", "pending"]
    assert desk.sync(post).leases == []  # the phone makes everybody wait now
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert desk.lease(post).task.settle


def throttled() -> PinOutcome:
    shown = steps("look locked", "check_old throttled")
    return PinOutcome(state=RotationState.REFUSED, reason="throttled", steps=shown)


def test_a_phone_that_makes_everybody_wait_is_visited_later_and_not_asked_more(
    desk, post, session, plan, device
) -> None:
    rotation = plan()
    desk.done(post, desk.lease(post), throttled())

    assert desk.sync(post).leases == []
    waits = shown(session, rotation).goes_on_at - now()
    assert timedelta(seconds=50) < waits <= timedelta(seconds=60)
    with time_machine.travel(now() + timedelta(seconds=61)):
        again = desk.lease(post)
        assert (again.task.settle, rotation.state) == (False, RotationState.RUNNING)
        desk.done(post, again, proven())
    assert credential(session, device).level is Level.PROVEN


def test_each_wait_is_longer_and_they_end(desk, post, session, plan, device) -> None:
    rotation, waits = plan(), []
    with time_machine.travel(now(), tick=False) as clock:
        while rotation.is_live:
            desk.done(post, desk.lease(post), throttled())
            session.refresh(rotation)
            until = shown(session, rotation).goes_on_at or now()
            waits.append((until - now()).total_seconds())
            clock.move_to(until + timedelta(seconds=1))

    assert waits[:4] == [60, 120, 240, 480]
    assert (rotation.state, rotation.reason) == (RotationState.REFUSED, "throttled")
    assert states(session, device) == ["active", "rejected"]


def test_a_phone_that_would_erase_itself_is_not_asked_any_more(
    desk, post, session, plan, device
) -> None:
    rotation = plan()
    sent = steps("check_old accepted", "set begun", "check_new begun", "look locked")
    near = PinOutcome(state=RotationState.REFUSED, reason="wipe_limit_near", steps=sent)

    desk.done(post, desk.lease(post), near)

    session.refresh(rotation)
    assert (rotation.state, rotation.reason) == (RotationState.UNPROVEN, "wipe_limit_near")
    assert states(session, device) == ["active", "doubtful"]
    assert credential(session, device).due_at is None
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert desk.sync(post).leases == []


@pytest.mark.parametrize(("found", "level"), [(found_new, Level.PROVEN), (found_old, Level.NONE)])
def test_a_visit_in_doubt_is_followed_by_one_that_asks(
    desk, post, session, plan, found, level
) -> None:
    rotation = plan()
    first = desk.lease(post)
    desk.done(post, first, in_doubt())

    second = desk.lease(post)
    assert second.task.settle
    assert post.opened(second, second.task.sealed_new) == post.opened(first, first.task.sealed_new)
    assert post.opened(second, second.task.sealed_old) == OLD
    desk.done(post, second, found())

    session.refresh(rotation)
    assert rotation.level is level


def test_where_the_old_value_was_found_the_change_is_made_anew(
    desk, post, session, plan, device
) -> None:
    rotation = plan("leaving")
    desk.done(post, desk.lease(post), in_doubt())
    desk.done(post, desk.lease(post), found_old())

    assert states(session, device) == ["active", "rejected", "pending"]
    assert credential(session, device).level is Level.PROVEN  # of the old value
    fresh = session.scalars(select(Rotation).where(Rotation.id != rotation.id)).one()
    assert (fresh.asked, fresh.settling, fresh.round) == ("leaving", False, 2)


def test_a_phone_that_is_never_settled_is_left_to_a_person(desk, post, session, plan, device):
    rotation = plan()
    for _ in range(3):
        desk.done(post, desk.lease(post), in_doubt())

    session.refresh(rotation)
    assert (rotation.state, rotation.reason) == (RotationState.UNPROVEN, "never_settled")
    assert states(session, device) == ["active", "doubtful"]
    assert desk.sync(post).leases == []


def test_a_doubtful_value_is_taken_up_again_and_not_replaced(
    desk, post, session, tools, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    doubtful = post.opened(lease, lease.task.sealed_new)
    unproven = PinOutcome(state=RotationState.UNPROVEN, reason="not_applied", steps=[])
    desk.done(post, lease, unproven)

    again = plan("asked")
    second = desk.lease(post)

    assert again.settling
    assert second.task.settle
    assert post.opened(second, second.task.sealed_new) == doubtful
    assert states(session, device) == ["active", "pending"]


def test_a_value_found_in_use_is_as_old_as_it_is_and_is_changed(
    desk, post, session, plan, device
) -> None:
    plan()
    unproven = PinOutcome(state=RotationState.UNPROVEN, reason="no_control", steps=[])
    desk.done(post, desk.lease(post), unproven)
    plan("leaving")

    desk.done(post, desk.lease(post), found_new())

    found = credential(session, device)
    assert states(session, device) == ["retired", "active", "pending"]
    assert found.changed_at == found.active.made_at


def test_a_report_after_the_lease_ran_out_is_the_truth_of_the_phone(
    desk, post, session, tools, plan, device
) -> None:
    rotation = plan()
    lease = desk.lease(post)
    back = desk.post("back")
    desk.plug_in(back, device)

    with time_machine.travel(now() + LATER):
        second = desk.lease(back)
        desk.done(post, lease, proven(), present=[])
        told = desk.sync(back, running=[second.job])
        desk.done(back, second, found_new())

    session.refresh(rotation)
    assert (rotation.state, told.lost) == (RotationState.PROVEN, [second.job])
    assert states(session, device) == ["retired", "active"]
    assert candidates(session, tools, device) == {post.opened(lease, lease.task.sealed_new)}


def test_a_late_report_of_a_value_that_was_given_up_brings_it_back(
    desk, post, session, tools, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    new = post.opened(lease, lease.task.sealed_new)
    back = desk.post("back")
    desk.plug_in(back, device)
    with time_machine.travel(now() + LATER):
        refused = PinOutcome(
            state=RotationState.REFUSED, reason="not_applied", active="old", steps=found_old().steps
        )
        desk.done(back, desk.lease(back), refused)
        # `post` was never heard of, so it may still set the value.
        assert new in candidates(session, tools, device)

        desk.done(post, lease, proven(), present=[])

    assert {OLD, new} <= candidates(session, tools, device)
    assert credential(session, device).level is Level.NONE


def test_a_late_report_of_what_has_been_replaced_since_is_history(
    desk, post, session, tools, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    back = desk.post("back")
    desk.plug_in(back, device)
    with time_machine.travel(now() + LATER):
        desk.done(back, desk.lease(back), found_new())
        plan("asked")
        newest = desk.lease(back)
        desk.done(back, newest, proven())
        desk.done(post, lease, proven(), present=[])

    found = credential(session, device)
    assert states(session, device) == ["retired", "retired", "active"]
    assert found.level is Level.PROVEN
    assert candidates(session, tools, device) == {back.opened(newest, newest.task.sealed_new)}


def test_a_cancelled_job_that_never_left_gives_the_value_up(
    session, tools, make, plan, device
) -> None:
    rotation = plan()

    cancel_job(session, tools, rotation.job, actor=make.actor())

    assert states(session, device) == ["active", "rejected"]
    assert rotation.state is RotationState.CANCELLED


def test_a_cancelled_job_that_was_lent_keeps_the_value(
    desk, post, session, tools, make, plan, device
) -> None:
    plan()
    lease = desk.lease(post)

    with time_machine.travel(now() + LATER):
        cancel_job(session, tools, job_of(session, lease.job), actor=make.actor())
        session.commit()

    assert states(session, device) == ["active", "doubtful"]


def test_what_was_proven_late_of_a_cancelled_job_is_asked_of_the_phone(
    desk, post, session, tools, make, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    with time_machine.travel(now() + LATER):
        cancel_job(session, tools, job_of(session, lease.job), actor=make.actor())
        session.commit()

        desk.done(post, lease, proven())

    again = session.scalars(select(Rotation).where(Rotation.ended_at.is_(None))).one()
    assert again.settling
    assert post.opened(lease, lease.task.sealed_new) in candidates(session, tools, device)


def test_the_same_outcome_reported_under_two_numbers_counts_once(
    desk, post, session, plan, device
) -> None:
    plan()
    lease = desk.lease(post)
    desk.done(post, lease, proven())

    answer = desk.done(post, lease, proven())

    assert answer.rejected == []
    assert states(session, device) == ["retired", "active"]


def test_a_change_that_a_later_one_made_good_is_not_called_unproven(
    desk, post, session, plan, make
) -> None:
    asked = {"actor": make.actor()}
    plan()
    desk.done(post, desk.lease(post), PinOutcome(state=RotationState.UNPROVEN, steps=[]))
    before, _mark = rotations(session, RotationQuery(unproven=True), **asked)
    plan()
    desk.done(post, desk.lease(post), found_new())
    after, _mark = rotations(session, RotationQuery(unproven=True), **asked)

    assert len(before) == 1
    assert after == []


def test_changes_are_listed_by_station_and_by_when_they_ended(
    desk, post, session, plan, make
) -> None:
    def listed(**given) -> int:
        found, _mark = rotations(session, RotationQuery(**given), actor=make.actor())
        return len(found)

    desk.post("bench-2")
    first = plan()
    live = listed(live=True), listed(live=False), listed(station="bench-2")
    desk.done(post, desk.lease(post), proven())

    assert live == (1, 0, 0)
    assert (listed(live=True), listed(live=False), listed(station=post.name)) == (0, 1, 1)
    assert listed(ended_from=first.ended_at) == 1
    assert listed(ended_from=first.ended_at + timedelta(seconds=1)) == 0


def test_what_is_due_is_planned_once(desk, session, tools, make, device) -> None:
    with time_machine.travel(now() + timedelta(days=2)):
        first = planned_now(session, tools, make.actor())
        second = planned_now(session, tools, make.actor())

    assert [rotation.credential.subject for rotation in first] == [device.tag]
    assert second == []


def test_no_secret_of_a_rotation_is_in_the_trail_or_in_what_is_shown(
    desk, post, session, plan
) -> None:
    rotation = plan()
    lease = desk.lease(post)
    new = post.opened(lease, lease.task.sealed_new)
    desk.done(post, lease, proven())

    trail = [(entry.event, entry.details) for entry in session.scalars(select(AuditEntry))]
    kept = [report.body for report in session.scalars(select(StationReport))]
    said = repr((trail, kept, shown(session, rotation_of(session, str(rotation.id)))))
    assert new not in said
    assert OLD not in said


def test_no_version_is_ever_deleted(desk, post, session, tools, plan, device) -> None:
    outcomes = (proven(), in_doubt(), found_old(), proven())
    plan()
    for outcome in outcomes:
        desk.done(post, desk.lease(post), outcome)
        if not credential(session, device).pending:
            plan()

    versions = credential(session, device).versions
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    assert all(opened(tools.keyring, version) for version in versions)
    assert VersionState.ACTIVE in {version.state for version in versions}
