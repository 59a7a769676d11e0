"""Every lock tool × every lock it may find × everything that may be wrong with it.

The phone is the handset's own framework, so what its lock really holds is known afterwards: nothing
is `proven` or `verified` that is not on it, and no attempt is spent that was not allowed.
"""

import logging
from collections.abc import Callable, Mapping
from itertools import product
from typing import Final

import pytest

from agents.handset.faults import (
    AppliesLate,
    ChangedBehindOurBack,
    Fault,
    ForbidsShell,
    HonestLock,
    KilledBeforeApplying,
    NoOpSetPin,
    PrintsSecretBack,
    ThrottlesAfterFive,
    YesToAllVerify,
)
from agents.handset.framework.lock import Kind
from agents.handset.framework.personality import personalities
from agents.handset.framework.state import Admin, User
from agents.phone.lock_visit import Opens, Outcome
from agents.phone.lockscreen import rotate_pin, settle
from fleet.contracts.builds import BuildTrust
from fleet.contracts.outcomes import OUTCOMES
from tests.agents.phone.scripted import Scripted, TimesOut

OLD, NEW = "483920", "117745"
FIRST: Final = {"no lock", "lock screen off"}  # nobody ever set one
KINDS: Final = {"pattern": Kind.PATTERN, "password": Kind.PASSWORD}


def everything_lies() -> list[Fault]:
    return [NoOpSetPin(), YesToAllVerify()]


FAULTS: Final[Mapping[str, Callable[[], list[Fault]]]] = {
    "honest": lambda: [HonestLock()],
    "sets nothing": lambda: [NoOpSetPin()],
    "says yes": lambda: [YesToAllVerify()],
    "lies in all": everything_lies,
    "applies late": lambda: [AppliesLate()],
    "dies at the set": lambda: [KilledBeforeApplying()],
    "prints it back": lambda: [PrintsSecretBack()],
    "throttles": lambda: [ThrottlesAfterFive()],
    "forbids": lambda: [ForbidsShell()],
    "changed": lambda: [ChangedBehindOurBack()],
    "hangs": lambda: [TimesOut()],
}
LOCKS: Final = (
    *("no lock", "lock screen off", "pin", "pattern", "password", "second space"),
    *("profile with own lock", "profile that shares", "wipes after 2", "wipes after 5"),
    *("wipes after 10", "policy wants 8"),
)


# Five wrong values have erased a phone that allows no more: there is nothing left to visit.
CASES: Final = [
    (lock, fault)
    for lock, fault in product(LOCKS, FAULTS)
    if fault != "throttles" or lock not in ("wipes after 2", "wipes after 5")
]


def set_up(tool: str, lock: str, fault: str) -> Scripted:
    phone = Scripted(personalities()[tool])
    state, real = phone.framework.state, phone.lock
    if lock not in FIRST:
        real.change(KINDS.get(lock, Kind.PIN), "1478" if lock in KINDS else OLD)
    real.disabled = lock == "lock screen off"
    if "wipes" in lock:
        real.wipe_limit = int(lock.removeprefix("wipes after "))
        state.admins = [Admin("com.corp.mdm/.Receiver", maximum_failures=real.wipe_limit)]
    real.minimum_length = 8 if lock == "policy wants 8" else 0
    if lock == "second space":
        state.users.append(User(10, "第二空间", 0x10, lock="pin", separate=True))
        state.current_user = 10
    if "profile" in lock:
        own = lock == "profile with own lock"
        state.users.append(User(11, "工作", 0x1030, lock="pin" if own else "none", separate=own))
    for one in FAULTS[fault]():
        phone.add_fault(one)
    return phone


def never_tried(tool: str, lock: str, fault: str) -> str | None:
    """Return why a phone is left alone before any value is tried."""
    known = personalities()[tool]
    reasons = {
        "tool_hangs": fault == "hangs",
        "denied": fault == "forbids",
        "no_locksettings": not known.present,
        "no_lock_screen": not known.lock_screen,
        "second_space": lock == "second space",
        "is_pattern": lock == "pattern" and known.type_words and fault != "changed",
        "is_password": lock == "password" and known.type_words and fault != "changed",
        "wipe_limit_near": lock == "wipes after 2",
        "old_unknown": lock in FIRST and fault == "changed",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def stopped_by_old(lock: str, fault: str) -> str | None:
    """Return why the vault's value leads no further."""
    if lock in FIRST:
        return None
    if fault == "throttles":
        return "throttled"
    other = lock in KINDS or fault == "changed"
    return "old_refused" if other and fault not in ("says yes", "lies in all") else None


def can_be_controlled(tool: str, lock: str) -> bool:
    """Tell whether a wrong value may be tried."""
    adds_up = lock == "wipes after 10" and not personalities()[tool].resets_wipe_counter
    return lock != "wipes after 5" and not adds_up


def expected(tool: str, lock: str, fault: str) -> tuple[str, str | None]:
    if reason := never_tried(tool, lock, fault) or stopped_by_old(lock, fault):
        return "refused", reason
    known, first = personalities()[tool], lock in FIRST
    says_yes = fault in ("says yes", "lies in all")
    if says_yes and not first and can_be_controlled(tool, lock):
        return "refused", "says_yes_to_everything"
    if "set-pin" in known.retail_refuses:
        return "refused", "vendor_refused"
    if lock == "policy wants 8" and known.asks_policy:
        return "refused", "admin_policy"
    return after_the_set(tool, lock, fault, says_yes=says_yes)


def after_the_set(tool: str, lock: str, fault: str, *, says_yes: bool) -> tuple[str, str | None]:
    known, first = personalities()[tool], lock in FIRST
    if fault == "dies at the set":
        return "in_doubt", "tool_gone"
    if first and fault in ("sets nothing", "lies in all", "applies late"):
        yes = known.yes_without_lock
        return "unproven", "says_yes_to_everything" if yes else "not_applied"
    if fault in ("sets nothing", "applies late"):
        return "unproven", "not_applied"
    if not can_be_controlled(tool, lock):
        return "unproven", "build_unknown"
    if says_yes:
        return "unproven", "says_yes_to_everything"
    return "proven", worth_knowing(tool, lock)


def worth_knowing(tool: str, lock: str) -> str | None:
    told = {"no lock": "first_pin", "lock screen off": "first_pin_lock_was_off"}
    if personalities()[tool].type_words:
        told["profile with own lock"] = "profile_has_own_lock"
    return told.get(lock)


def rotate(phone: Scripted, lock: str, trust: BuildTrust = BuildTrust.UNKNOWN) -> Outcome:
    old = None if lock in FIRST else OLD
    return rotate_pin(phone.phone(), old=old, new=NEW, trust=trust)


@pytest.mark.parametrize("tool", personalities())
def test_each_ends_as_named_and_claims_nothing_that_is_not_so(tool: str, subtests, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    for lock, fault in CASES:
        with subtests.test(f"{lock}, {fault}"):
            phone = set_up(tool, lock, fault)
            before, spent = phone.lock.secret, phone.lock.wrong_total

            outcome = rotate(phone, lock)

            assert (outcome.state, outcome.reason) == expected(tool, lock, fault)
            assert outcome.reason is None or outcome.reason in OUTCOMES
            assert_true_of(phone, outcome, before)
            assert phone.lock.wrong_total - spent == outcome.wrong_attempts <= allowed(lock)
            kept = repr((outcome, outcome.sentence, phone.framework.journal)) + caplog.text
            assert not [secret for secret in (OLD, NEW) if secret in kept]


def assert_true_of(phone: Scripted, outcome: Outcome, before: str) -> None:
    """Hold what an outcome says against what the lock really holds."""
    assert phone.lock.secret in {before, NEW}
    if outcome.state in ("proven", "verified"):
        assert phone.lock.secret == NEW
    if outcome.state == "refused":
        assert phone.lock.secret == before
    if outcome.opens is Opens.NEW:
        assert phone.lock.secret == NEW


def allowed(lock: str) -> int:
    """Return how many wrong values a first visit to an unknown build may cost."""
    return {"wipes after 2": 0, "wipes after 5": 1}.get(lock, 2)


@pytest.mark.parametrize("tool", personalities())
def test_a_known_build_costs_one_wrong_value_at_most(tool: str, subtests) -> None:
    for lock, fault in CASES:
        with subtests.test(f"{lock}, {fault}"):
            phone = set_up(tool, lock, fault)
            before, spent = phone.lock.secret, phone.lock.wrong_total

            outcome = rotate(phone, lock, BuildTrust.TRUSTED)

            assert phone.lock.wrong_total - spent <= 1
            # What lies about everything cannot have been found trusted.
            if fault != "lies in all":
                assert_true_of(phone, outcome, before)


@pytest.mark.parametrize("tool", ["aosp-9", "aosp-12", "samsung-16"])
@pytest.mark.parametrize("fault", ["honest", "applies late", "dies at the set", "sets nothing"])
def test_whatever_was_left_in_doubt_the_next_visit_finds_out(tool: str, fault: str) -> None:
    phone = set_up(tool, "pin", fault)
    rotate(phone, "pin")

    settled = settle(phone.phone(), new=NEW, old=OLD)

    really = Opens.NEW if phone.lock.secret == NEW else Opens.OLD
    assert settled.opens is really
