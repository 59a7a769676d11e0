"""The two-phase rotation against lock tools that are honest, lazy, lying or gone."""

import pytest

from agents.phone.errors import CommandTimedOut, PhoneUnreachable
from agents.phone.lock_text import Verdict
from agents.phone.lock_visit import Opens, Outcome, Step
from agents.phone.lockscreen import (
    PinNotUsable,
    clear_pin,
    free_look,
    rotate_pin,
    settle,
    verify,
)
from fleet.contracts.builds import BuildTrust
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from tests.agents.phone.lock_double import LockDouble

OLD, NEW = "483920", "117745"
GONE = PhoneUnreachable("FAKE", "cut off")


KNOWN, UNKNOWN = BuildTrust.TRUSTED, BuildTrust.UNKNOWN


def rotate(lock: LockDouble, old: str | None = OLD, trust: BuildTrust = KNOWN) -> Outcome:
    return rotate_pin(lock.phone(), old=old, new=NEW, trust=trust)


def test_an_honest_phone_is_proven_by_one_refused_old_pin() -> None:
    lock = LockDouble(OLD)

    outcome = rotate(lock)

    assert (outcome.state, outcome.level, outcome.opens) == ("proven", Level.PROVEN, Opens.NEW)
    assert [(one.step, one.verdict) for one in outcome.steps] == [
        (Step.LOOK, Verdict.LOCKED),
        (Step.CHECK_OLD, Verdict.ACCEPTED),
        (Step.SET, Verdict.DONE),
        (Step.CHECK_NEW, Verdict.ACCEPTED),
        (Step.CONTROL, Verdict.REFUSED),
        (Step.CHECK_NEW_AGAIN, Verdict.ACCEPTED),
        (Step.WITNESS, Verdict.LOCKED),
    ]
    assert (outcome.wrong_attempts, lock.wrong, lock.pin) == (1, 1, NEW)


@pytest.mark.parametrize("sdk", [27, 28, 29, 31, 35])
@pytest.mark.parametrize("shows_kind", [True, False])
def test_the_first_pin_is_proven_by_a_random_wrong_one(sdk: int, *, shows_kind: bool) -> None:
    lock = LockDouble(None, sdk=sdk, shows_kind=shows_kind)

    outcome = rotate(lock, old=None)

    assert (outcome.state, outcome.opens, lock.wrong) == ("proven", Opens.NEW, 1)


def test_a_tool_that_sets_nothing_leaves_the_old_pin_and_says_so() -> None:
    lock = LockDouble(OLD, sets=False)

    outcome = rotate(lock)

    assert (outcome.state, outcome.reason) == ("unproven", "not_applied")
    assert (outcome.opens, outcome.touched, lock.pin, lock.wrong) == (Opens.OLD, True, OLD, 1)
    assert outcome.level is Level.NONE


def test_a_tool_that_says_yes_to_everything_is_found_out_before_anything_is_set() -> None:
    lock = LockDouble(OLD, says_yes=True)

    outcome = rotate(lock)

    assert (outcome.state, outcome.reason) == ("refused", "says_yes_to_everything")
    assert (outcome.touched, lock.pin) == (False, OLD)
    assert (outcome.steps[0].step, outcome.steps[0].verdict) == (Step.LOOK, Verdict.CONTRADICTS)


def test_an_unknown_build_pays_one_wrong_value_before_anything_is_set() -> None:
    lock = LockDouble(OLD)

    outcome = rotate(lock, trust=UNKNOWN)

    assert [one.step for one in outcome.steps][1:4] == [Step.CHECK_OLD, Step.CANARY, Step.SET]
    assert (outcome.state, outcome.wrong_attempts, lock.wrong) == ("proven", 2, 2)


def test_a_yes_to_the_canary_leaves_the_phone_as_it_was() -> None:
    lock = LockDouble(OLD, says_yes=True, shows_kind=False)
    lock.look = lambda script: LockDouble(OLD, shows_kind=False).look(script)  # type: ignore[method-assign]

    outcome = rotate(lock, trust=UNKNOWN)

    assert (outcome.state, outcome.reason) == ("refused", "says_yes_to_everything")
    assert (outcome.touched, lock.pin, outcome.steps[-1].step) == (False, OLD, Step.CANARY)


@pytest.mark.parametrize("lock", [LockDouble(OLD, wipe_limit=5), LockDouble(None)])
def test_no_canary_where_it_could_erase_the_phone_or_there_is_nothing_to_open(
    lock: LockDouble,
) -> None:
    outcome = rotate(lock, lock.pin, UNKNOWN)

    assert Step.CANARY not in {one.step for one in outcome.steps}
    assert lock.pin == NEW


def test_a_yes_to_both_pins_proves_nothing() -> None:
    lock = LockDouble(OLD, says_yes=True, sets=False, shows_kind=False)

    outcome = rotate(lock)

    assert (outcome.state, outcome.reason) == ("unproven", "says_yes_to_everything")
    assert (outcome.touched, outcome.opens) == (True, Opens.UNKNOWN)


def test_a_wrong_old_pin_stops_after_one_attempt() -> None:
    lock = LockDouble("000000")

    outcome = rotate(lock)

    assert (outcome.state, outcome.reason, outcome.touched) == ("refused", "old_refused", False)
    assert (outcome.wrong_attempts, lock.wrong, lock.pin) == (1, 1, "000000")


@pytest.mark.parametrize(
    ("lock", "reason"),
    [
        (LockDouble(OLD, kind="Pattern"), "is_pattern"),
        (LockDouble(OLD, kind="Password"), "is_password"),
        (LockDouble(OLD, kind="Face"), "not_a_pin"),
        (LockDouble(OLD, wipe_limit=2), "wipe_limit_near"),
        (LockDouble(OLD, says="Request throttled.\n"), "throttled"),
        (
            LockDouble(OLD, says="New credential doesn't satisfy admin policies"),
            "admin_policy",
        ),
        (LockDouble(OLD, says="/system/bin/sh: locksettings: not found\n"), "no_locksettings"),
        (LockDouble(OLD, says="java.lang.SecurityException: Caller must be shell\n"), "denied"),
        (LockDouble(OLD, says="something new\n"), "unclear_answer"),
    ],
)
def test_a_phone_that_must_not_be_touched_is_left_with_the_reason(
    lock: LockDouble, reason: str
) -> None:
    outcome = rotate(lock)

    assert (outcome.state, outcome.reason) == ("refused", reason)
    assert (outcome.touched, lock.pin, lock.wrong) == (False, OLD, 0)
    assert outcome.sentence


def test_a_lock_whose_pin_nobody_knows_is_left_alone() -> None:
    outcome = rotate(LockDouble(OLD), old=None)

    assert (outcome.state, outcome.reason) == ("refused", "old_unknown")


@pytest.mark.parametrize(
    ("limit", "reason"), [(5, "wipe_limit_near"), (None, "wipe_limit_unknown")]
)
def test_no_wrong_value_is_tried_where_it_could_erase_the_phone(
    limit: int | None, reason: str
) -> None:
    lock = LockDouble(OLD, wipe_limit=limit)

    outcome = rotate(lock)

    assert (outcome.state, outcome.reason, lock.wrong) == ("verified", reason, 0)
    assert (outcome.level, outcome.opens) == (Level.VERIFIED, Opens.NEW)


@pytest.mark.parametrize("lost", [GONE, CommandTimedOut("FAKE", "x", 30)])
def test_a_phone_lost_while_setting_is_in_doubt(lost: Exception) -> None:
    outcome = rotate(LockDouble(OLD, fails_at={"set-pin": lost}))

    assert (outcome.state, outcome.opens, outcome.touched) == ("in_doubt", Opens.UNKNOWN, True)
    assert (outcome.steps[-1].step, outcome.steps[-1].verdict) == (Step.SET, Verdict.BEGUN)


def test_a_phone_lost_before_setting_has_not_changed() -> None:
    with pytest.raises(PhoneUnreachable):
        rotate(LockDouble(OLD, fails_at={"verify": GONE}))


@pytest.mark.parametrize(("trust", "state"), [(KNOWN, "verified"), (UNKNOWN, "unproven")])
def test_a_yes_alone_counts_only_where_the_build_was_heard_to_say_no(
    trust: BuildTrust, state: str
) -> None:
    outcome = rotate(LockDouble(OLD, wipe_limit=5), trust=trust)

    assert outcome.state == state


def test_until_android_9_no_control_adds_up_to_a_wipe() -> None:
    lock = LockDouble(OLD, sdk=28, wipe_limit=10)

    outcome = rotate(lock, trust=UNKNOWN)

    assert (outcome.reason, lock.wrong) == ("build_unknown", 0)


def test_a_tool_that_hangs_on_a_phone_that_answers_has_changed_nothing() -> None:
    hangs = CommandTimedOut("FAKE", "x", 30)

    outcome = rotate(LockDouble(OLD, fails_at={"verify": hangs}))

    assert (outcome.state, outcome.reason) == ("refused", "tool_hangs")


def test_a_phone_that_answers_nothing_any_more_is_no_hanging_tool() -> None:
    hangs = CommandTimedOut("FAKE", "x", 30)

    with pytest.raises(CommandTimedOut):
        rotate(LockDouble(OLD, fails_at={"verify": hangs}, answers=False))


def test_the_length_that_a_policy_demands_is_said() -> None:
    says = "New credential doesn't satisfy admin policies: Password too short; required: 8\n"
    outcome = rotate(LockDouble(OLD, says=says))

    assert outcome.demanded == 8
    assert "8" in outcome.sentence


def test_the_caller_is_told_each_step_before_it_is_taken() -> None:
    lock, told = LockDouble(OLD), []

    rotate_pin(lock.phone(), old=OLD, new=NEW, progress=lambda step: told.append((step, lock.pin)))

    assert (Step.SET, OLD) in told
    assert (Step.CHECK_NEW, NEW) in told


def test_no_pin_is_in_an_outcome() -> None:
    outcome = rotate(LockDouble(OLD, sets=False))

    assert OLD not in repr(outcome)
    assert NEW not in repr(outcome)


@pytest.mark.parametrize("pin", ["123", "12345678901234567", "12a4", "１２３４", OLD])
def test_a_pin_that_cannot_be_one_is_refused_at_once(pin: str) -> None:
    with pytest.raises(PinNotUsable):
        rotate_pin(LockDouble(OLD).phone(), old=OLD, new=pin)


@pytest.mark.parametrize(
    ("really", "state", "opens", "wrong"),
    [
        (NEW, "proven", Opens.NEW, 1),
        (OLD, "refused", Opens.OLD, 1),
        ("999999", "unproven", Opens.UNKNOWN, 2),
        (None, "refused", Opens.NO_LOCK, 0),
    ],
)
def test_doubt_is_settled_by_trying_each_value_once(
    really: str | None, state: str, opens: Opens, wrong: int
) -> None:
    lock = LockDouble(really)

    outcome = settle(lock.phone(), new=NEW, old=OLD)

    assert (outcome.state, outcome.opens, lock.wrong) == (state, opens, wrong)


def test_a_yes_to_both_settles_nothing() -> None:
    lock = LockDouble(OLD, says_yes=True, shows_kind=False)
    lock.look = lambda script: LockDouble(OLD, shows_kind=False).look(script)  # type: ignore[method-assign]

    outcome = settle(lock.phone(), new=NEW, old=OLD)

    assert (outcome.state, outcome.reason) == (RotationState.UNPROVEN, "says_yes_to_everything")


def test_a_cleared_lock_is_believed_when_the_free_questions_find_none() -> None:
    lock = LockDouble(OLD)

    outcome = clear_pin(lock.phone(), old=OLD)

    assert (outcome.state, outcome.opens, lock.pin) == ("verified", Opens.NO_LOCK, None)


def test_clearing_with_a_wrong_pin_is_refused_and_counted() -> None:
    outcome = clear_pin(LockDouble("000000").phone(), old=OLD)

    assert (outcome.state, outcome.reason) == ("refused", "old_refused")
    assert outcome.wrong_attempts == 1


def test_a_yes_without_a_lock_is_no_acceptance_on_android_9() -> None:
    lock = LockDouble(None, sdk=28, shows_kind=False)

    assert verify(lock.phone(), OLD) is Verdict.NO_LOCK
    assert free_look(lock.phone()).secure is False


@pytest.mark.parametrize(("limit", "reason"), [(4, "wipe_limit_near"), (0, "throttled")])
def test_what_earlier_visits_may_have_cost_keeps_the_next_one_off(limit: int, reason: str) -> None:
    lock = LockDouble(OLD, wipe_limit=limit)

    asked = settle(lock.phone(), new=NEW, old=OLD, spent=3 if limit == 0 else 2)
    begun = rotate_pin(lock.phone(), old=OLD, new=NEW, spent=3)

    assert [asked.reason, begun.reason] == [reason, reason]
    assert (lock.wrong, lock.pin) == (0, OLD)
