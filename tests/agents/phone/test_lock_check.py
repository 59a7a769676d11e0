"""A check costs one attempt at most, and none where an answer would mean nothing or do harm."""

import pytest

from agents.phone.errors import NoAnswer, PhoneUnreachable
from agents.phone.lock_check import check_pin
from agents.phone.lock_visit import Step
from tests.agents.phone.lock_double import LockDouble

PIN, OTHER = "258036", "739164"


@pytest.mark.parametrize(("pin", "verdict", "wrong"), [(PIN, "accepted", 0), (OTHER, "refused", 1)])
def test_a_value_is_tried_once(pin, verdict, wrong):
    lock = LockDouble(pin)

    checked = check_pin(lock.phone(), PIN)

    assert [(one.step, one.verdict) for one in checked.steps] == [
        (Step.LOOK, "locked"),
        (Step.CHECK_OLD, verdict),
    ]
    assert (checked.wrong_attempts, lock.wrong, checked.reason) == (wrong, wrong, None)


SPARED = {
    "wipe_limit_near": LockDouble(OTHER, wipe_limit=5),
    "wipe_limit_unknown": LockDouble(OTHER, wipe_limit=None),
    "not_a_pin": LockDouble(OTHER, kind="Pattern"),
    "no_lock": LockDouble(None),
    "says_yes_to_everything": LockDouble(OTHER, says_yes=True),
}


@pytest.mark.parametrize(("reason", "lock"), SPARED.items(), ids=SPARED.keys())
def test_where_it_would_mean_nothing_or_do_harm_nothing_is_tried(reason, lock):
    checked = check_pin(lock.phone(), PIN)

    assert (checked.reason, lock.wrong) == (reason, 0)
    assert [one.step for one in checked.steps] == [Step.LOOK]


@pytest.mark.parametrize("sdk", [27, 28])
def test_an_old_phone_that_says_yes_without_a_lock_is_not_asked(sdk):
    lock = LockDouble(None, sdk=sdk, shows_kind=False)

    assert check_pin(lock.phone(), PIN).reason == "no_lock"


@pytest.mark.parametrize("sdk", [27, 28])
def test_an_old_phone_with_a_lock_is_asked(sdk):
    lock = LockDouble(PIN, sdk=sdk, shows_kind=False)

    assert check_pin(lock.phone(), PIN).steps[-1].verdict == "accepted"


def test_without_a_value_the_lock_is_looked_at_alone():
    lock = LockDouble(OTHER)

    checked = check_pin(lock.phone(), None)

    assert (checked.reason, checked.look.secure, lock.wrong) == ("not_sent", True, 0)


def test_a_phone_that_goes_away_says_so():
    lock = LockDouble(PIN, fails_at={"verify": PhoneUnreachable("S", "cut off")})

    with pytest.raises(NoAnswer):
        check_pin(lock.phone(), PIN)
