"""When a phone is asked whether its PIN opens it, and when it is left alone."""

from datetime import timedelta

import pytest

from fleet.compliance.checks import ask_check
from fleet.compliance.errors import CheckUnderWay, NothingToCheck, RotationGoesFirst
from fleet.contracts.clock import now
from fleet.contracts.facts import Lock
from fleet.contracts.findings import CheckResult
from fleet.contracts.policies import PolicyIn
from fleet.contracts.proof import Level
from fleet.devices.lifecycle import State
from fleet.policies.services import set_policy
from fleet.rotation.services import plan_rotation
from fleet.vault.services import keep_doubtful, propose
from tests.fleet.compliance.visits import (
    PIN_SET,
    answered,
    checks,
    credential_of,
    known_long,
    said,
    visit,
)


def test_a_visit_after_a_day_has_the_phone_asked_once(desk, post, phone):
    credential = known_long(desk, phone)

    visit(desk, post, phone)
    lease = desk.lease(post)
    answered(desk, post, lease, said("accepted"))
    visit(desk, post, phone)

    [check] = checks(desk.session)
    assert (check.result, check.tried) == (CheckResult.ACCEPTED, True)
    assert credential.confirmed_at is not None
    assert credential.level is Level.PROVEN


def test_the_value_goes_sealed_to_the_station_alone(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone)

    lease = desk.lease(post)

    assert post.opened(lease, lease.task.sealed_pin).isdigit()


def test_a_visit_on_the_day_of_a_rotation_asks_nothing(desk, post, phone):
    credential = known_long(desk, phone)
    credential.changed_at = now() - timedelta(hours=23)

    visit(desk, post, phone)

    assert checks(desk.session) == []


LOCKS = {
    "wipe limit near": PIN_SET.model_copy(update={"wipe_limit": 5}),
    "wipe limit unknown": PIN_SET.model_copy(update={"wipe_limit": None}),
    "whether it is locked unknown": Lock(wipe_limit=0),
}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS.keys())
def test_a_phone_that_a_wrong_value_could_harm_is_not_asked(desk, post, phone, lock):
    known_long(desk, phone)

    visit(desk, post, phone, lock)

    assert checks(desk.session) == []


@pytest.mark.parametrize("level", [Level.DECLARED, Level.NONE])
def test_a_value_that_no_phone_has_shown_is_not_tried(desk, post, phone, level):
    known_long(desk, phone, level=level)

    visit(desk, post, phone)

    assert checks(desk.session) == []


def test_while_another_value_may_be_in_use_nothing_is_tried(desk, post, phone):
    credential = known_long(desk, phone)
    version = propose(desk.session, desk.tools, credential, reason="x", actor=desk.make.actor())
    keep_doubtful(desk.session, version, reason="x", actor=desk.make.actor())
    credential.level = Level.PROVEN

    visit(desk, post, phone)

    assert checks(desk.session) == []


def test_while_a_rotation_is_live_nothing_is_asked(desk, post, phone):
    known_long(desk, phone)
    plan_rotation(desk.session, desk.tools, phone, reason="x", actor=desk.make.actor())

    visit(desk, post, phone)

    assert checks(desk.session) == []


def test_a_rotation_planned_meanwhile_leaves_the_check_its_free_questions(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone)
    plan_rotation(desk.session, desk.tools, phone, reason="x", actor=desk.make.actor())
    desk.session.commit()

    lease = desk.lease(post)

    assert (lease.task.kind, lease.task.sealed_pin) == ("check_pin", None)


@pytest.mark.parametrize("state", [State.LOST, State.ACCEPTED, State.RETIRED, State.IN_REPAIR])
def test_a_phone_that_is_in_nobodys_use_is_not_asked(desk, post, phone, state):
    known_long(desk, phone)
    phone.state = state

    visit(desk, post, phone)

    assert checks(desk.session) == []


def test_a_loan_of_which_nobody_told_the_end_is_not_followed_by_a_second_try(desk, post, phone):
    known_long(desk, phone)
    visit(desk, post, phone)
    first = desk.lease(post)
    [check] = checks(desk.session)
    check.job.leased_until = now() - timedelta(seconds=1)
    desk.session.commit()

    again = desk.lease(desk_of_another(desk, phone))

    assert first.task.sealed_pin
    assert (again.attempt, again.task.sealed_pin) == (2, None)


def desk_of_another(desk, phone):
    other = desk.post("back")
    visit(desk, other, phone)
    return other


def test_a_check_keeps_the_quiet_hours(desk, post, phone):
    actor = desk.make.actor()
    quiet = {"quiet_from": "00:00", "quiet_until": "23:59", "reason": "the holder sleeps"}
    given = PolicyIn.model_validate({"kind": "device_pin", **quiet})
    set_policy(desk.session, desk.tools.settings, given, actor=actor)
    known_long(desk, phone)

    visit(desk, post, phone)

    [check] = checks(desk.session)
    assert (check.job.rests_from, check.job.rests_until) == (0, 23 * 60 + 59)


def test_a_person_may_ask_at_any_time_but_not_twice_at_once(desk, phone):
    known_long(desk, phone)
    actor = desk.make.actor()

    check = ask_check(desk.session, phone, actor=actor)

    assert (check.asked_by, check.job.rests_from) == (actor.name, None)
    with pytest.raises(CheckUnderWay):
        ask_check(desk.session, phone, actor=actor)


def test_a_person_cannot_ask_where_there_is_no_single_value(desk, phone):
    actor = desk.make.actor()
    with pytest.raises(NothingToCheck):
        ask_check(desk.session, phone, actor=actor)
    plan_rotation(desk.session, desk.tools, phone, reason="x", actor=actor)
    with pytest.raises(RotationGoesFirst):
        ask_check(desk.session, phone, actor=actor)


def test_a_check_that_no_station_could_make_is_not_tried_again_that_day(desk, post, phone):
    from fleet.stations.jobs import cancel_job

    known_long(desk, phone)
    visit(desk, post, phone)
    [check] = checks(desk.session)

    cancel_job(desk.session, desk.tools, check.job, actor=desk.make.actor())
    visit(desk, post, phone)

    assert [one.result for one in checks(desk.session)] == [CheckResult.FAILED]
    assert credential_of(desk.session, phone).level is Level.PROVEN
