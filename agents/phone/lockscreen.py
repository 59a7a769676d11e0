"""The phone's side of a PIN rotation: set once, and believed only after a wrong value was refused.

A wrong value costs: the phone counts it, waits, and may erase itself. So the free questions come
first, at most one wrong value is tried on purpose, and nothing is ever tried in a loop.
"""

import secrets as randomness

from agents.phone.errors import LockToolHangs, NoAnswer
from agents.phone.lock_text import LockLook, Verdict
from agents.phone.lock_visit import (
    LockVisit,
    Opens,
    Outcome,
    Progress,
    Step,
    silent,
)
from agents.phone.phone import Phone
from fleet.contracts.builds import BuildTrust
from fleet.contracts.rotation import RotationState
from fleet.contracts.words import _
from fleet.errors import Invalid

PAUSES_FROM = 5  # wrong values in a row
# Up to this limit a failure more is not spent on a control, or not risked at all.
NO_CONTROL_UP_TO = 5
HANDS_OFF_UP_TO = 2
PIN_LENGTHS = range(4, 17)
PIN_TYPES = (None, "none", "pin", "passwordorpin", "password_or_pin")
YES_WITHOUT_LOCK_UP_TO_SDK = 28  # Android 9: `verify` says yes to any value when no lock is set

WHY = {
    Verdict.REFUSED: "old_refused",
    Verdict.LOCKED: "old_unknown",
    Verdict.THROTTLED: "throttled",
    Verdict.POLICY: "admin_policy",
    Verdict.UNSUPPORTED: "no_locksettings",
    Verdict.UNKNOWN_VERB: "unknown_verb",
    Verdict.VENDOR: "vendor_refused",
    Verdict.NO_LOCK_SCREEN: "no_lock_screen",
    Verdict.UNIFIED: "unified_challenge",
    Verdict.DENIED: "denied",
}
# Answers after the value was sent that say nothing of it, and that another visit may not get.
LATER = {Verdict.THROTTLED: "throttled", Verdict.UNSUPPORTED: "tool_gone"}
NOT_TO_BE_ASKED = frozenset(WHY) - {Verdict.REFUSED, Verdict.LOCKED, Verdict.POLICY}
OTHER_KINDS = {"pattern": "is_pattern", "password": "is_password"}


class PinNotUsable(Invalid):
    code = "pin_not_usable"
    message = _("A PIN has 4 to 16 digits and differs from the one before.")


def free_look(phone: Phone) -> LockLook:
    """Ask what can be asked without an attempt being counted."""
    return LockVisit(phone, ()).look()


def verify(phone: Phone, value: str) -> Verdict:
    """Try one value; a wrong one is counted by the phone. NO_LOCK where there is none to open."""
    visit = LockVisit(phone, (value,))
    look = visit.look()
    if look.secure is False:
        return Verdict.NO_LOCK
    said = visit.verify(Step.CHECK_NEW, value)
    means_nothing = look.contradicts or (look.secure is None and _old_android(look))
    return Verdict.UNCLEAR if said is Verdict.ACCEPTED and means_nothing else said


def rotate_pin(
    phone: Phone,
    *,
    old: str | None,
    new: str,
    trust: BuildTrust = BuildTrust.UNKNOWN,
    spent: int = 0,
    progress: Progress = silent,
) -> Outcome:
    """Replace `old` by `new` once and prove it; `old` is None when no lock was ever set.

    Where nobody knows yet whether this build's tool says yes to everything, a wrong value is tried
    before anything is set, if that is safe. `spent` wrong values in a row may have been counted in
    visits that were cut off.

    A phone that goes away before the value is sent raises NoAnswer: nothing has changed. After
    that the outcome is IN_DOUBT, and `settle` at the next visit finds out.
    """
    if not _usable(new) or new == old:
        raise PinNotUsable
    visit = LockVisit(phone, _given(old, new), progress, trust, spent)
    try:
        return _rotated(visit, old, new)
    except LockToolHangs:
        state = RotationState.IN_DOUBT if visit.touched else RotationState.REFUSED
        return visit.end(state, "tool_hangs")
    except NoAnswer:
        if not visit.touched:
            raise
        return visit.end(RotationState.IN_DOUBT, "connection_lost")


def _rotated(visit: LockVisit, old: str | None, new: str) -> Outcome:
    look = visit.look()
    stop = _not_now(visit, look) or _old_must_open(visit, look, old)
    is_new = visit.trust is BuildTrust.UNKNOWN
    if stop is None and is_new and old is not None and look.secure is not False:
        stop = _wrong_must_not_open(visit, look, old, new)
    return stop or _set_and_judge(visit, look, old, new)


def left_alone(reason: str, wrong_attempts: int = 0) -> Outcome:
    """Return the outcome of a visit that tries nothing, for a reason known beforehand."""
    nobody = Opens.UNKNOWN
    return Outcome(RotationState.REFUSED, reason, nobody, (), wrong_attempts, touched=False)


def settle(
    phone: Phone,
    *,
    new: str,
    old: str | None,
    trust: BuildTrust = BuildTrust.UNKNOWN,
    spent: int = 0,
    progress: Progress = silent,
) -> Outcome:
    """Find out which value opens a phone that was left in doubt: each is tried once at most."""
    visit = LockVisit(phone, _given(old, new), progress, trust, spent)
    try:
        return _settled(visit, new, old)
    except LockToolHangs:
        return visit.end(RotationState.IN_DOUBT, "tool_hangs")


def _settled(visit: LockVisit, new: str, old: str | None) -> Outcome:
    look = visit.look()
    if stop := _not_now(visit, look, RotationState.UNPROVEN):
        return stop
    if look.secure is False:
        return visit.end(RotationState.REFUSED, "not_applied", Opens.NO_LOCK)
    outcome = _judge(visit, look, old, new)
    if (outcome.reason, outcome.opens) == ("not_applied", Opens.OLD):
        # The new value was refused and the old one accepted: that is an answer, and a proven one.
        return visit.end(RotationState.REFUSED, "not_applied", Opens.OLD)
    return outcome


def clear_pin(phone: Phone, *, old: str, progress: Progress = silent) -> Outcome:
    """Take the lock away; believed when the free questions find none afterwards."""
    visit = LockVisit(phone, (old,), progress)
    look = visit.look()
    if look.secure is False:
        return visit.end(RotationState.VERIFIED, None, Opens.NO_LOCK)
    if stop := _not_now(visit, look):
        return stop
    try:
        said = visit.clear(old)
        if said in WHY:
            return visit.end(RotationState.REFUSED, WHY[said])
        gone = visit.look(Step.WITNESS).secure is False
    except NoAnswer:
        return visit.end(RotationState.IN_DOUBT, "connection_lost")
    if gone:
        return visit.end(RotationState.VERIFIED, None, Opens.NO_LOCK)
    return visit.end(RotationState.UNPROVEN, "witness_disagrees")


def _not_now(
    visit: LockVisit, look: LockLook, lies: RotationState = RotationState.REFUSED
) -> Outcome | None:
    """Return the reason to touch nothing, found without any attempt being counted."""
    if look.contradicts:
        return visit.end(lies, "says_yes_to_everything")
    if look.free_answer in NOT_TO_BE_ASKED:
        return visit.end(RotationState.REFUSED, WHY[look.free_answer])
    if look.foreground:
        return visit.end(RotationState.REFUSED, "second_space")
    if look.credential_type not in PIN_TYPES:
        kind = OTHER_KINDS.get(look.credential_type or "", "not_a_pin")
        return visit.end(RotationState.REFUSED, kind)
    return _too_dear(visit, look)


def _too_dear(visit: LockVisit, look: LockLook) -> Outcome | None:
    """Return the reason to risk no wrong value, with those that may have been counted before."""
    if look.wipe_limit and look.wipe_limit - visit.spent <= HANDS_OFF_UP_TO:
        return visit.end(RotationState.REFUSED, "wipe_limit_near")
    if PAUSES_FROM - visit.spent <= HANDS_OFF_UP_TO:
        return visit.end(RotationState.REFUSED, "throttled")
    return None


def _old_must_open(visit: LockVisit, look: LockLook, old: str | None) -> Outcome | None:
    if look.secure is False:
        return None
    if old is None:
        reason = "old_unknown" if look.secure else "unclear_lock"
        return visit.end(RotationState.REFUSED, reason)
    if look.secure is None and _old_android(look):
        return visit.end(RotationState.REFUSED, "unclear_lock")
    said = visit.verify(Step.CHECK_OLD, old)
    if said is Verdict.ACCEPTED:
        return None
    return visit.end(RotationState.REFUSED, WHY.get(said, "unclear_answer"))


def _wrong_must_not_open(visit: LockVisit, look: LockLook, *right: str) -> Outcome | None:
    """Spend one counted attempt on finding a lying tool while nothing has been changed yet.

    The right value is given next, by the set itself, which brings the phone's counter back.
    """
    if _no_control(look) is not None:
        return None
    said = visit.verify(Step.CANARY, _wrong_value(*right))
    if said is Verdict.REFUSED:
        return None
    lies = {Verdict.ACCEPTED: "says_yes_to_everything", Verdict.LOCKED: "unclear_answer"}
    reason = lies.get(said) or WHY.get(said, "unclear_answer")
    return visit.end(RotationState.REFUSED, reason)


def _set_and_judge(visit: LockVisit, look: LockLook, old: str | None, new: str) -> Outcome:
    # Without a lock the phone refuses any old value, so the known one is not given to it.
    needed = None if look.secure is False else old
    said = visit.set_pin(needed, new)
    if said is Verdict.THROTTLED:
        return visit.end(RotationState.REFUSED, "throttled")
    if said in WHY:
        return _not_set(visit, WHY[said], needed)
    return _judge(visit, look, old, new, needed=needed)


def _not_set(visit: LockVisit, reason: str, old: str | None) -> Outcome:
    """The tool says that it set nothing: shown by the old value, which costs nothing if right."""
    if old is None:
        return visit.end(RotationState.REFUSED, reason, Opens.NO_LOCK)
    said = visit.verify(Step.CHECK_OLD_AGAIN, old)
    if said is Verdict.ACCEPTED:
        return visit.end(RotationState.REFUSED, reason, Opens.OLD)
    if said is Verdict.THROTTLED:
        return visit.end(RotationState.IN_DOUBT, "throttled")
    return visit.end(RotationState.UNPROVEN, "answers_contradict")


def _judge(
    visit: LockVisit, look: LockLook, old: str | None, new: str, needed: str | None = None
) -> Outcome:
    said = visit.verify(Step.CHECK_NEW, new)
    if said is Verdict.ACCEPTED:
        return _control(visit, look, old or _wrong_value(new), new)
    if said is Verdict.REFUSED:
        return _new_refused(visit, needed or old)
    if said is Verdict.NO_LOCK:
        return visit.end(RotationState.UNPROVEN, "not_applied", Opens.NO_LOCK)
    if said in LATER:
        return visit.end(RotationState.IN_DOUBT, LATER[said])
    return visit.end(RotationState.UNPROVEN, WHY.get(said, "unclear_answer"))


def _new_refused(visit: LockVisit, old: str | None) -> Outcome:
    said = visit.verify(Step.CHECK_OLD_AGAIN, old) if old else Verdict.UNCLEAR
    if said is Verdict.ACCEPTED:
        return visit.end(RotationState.UNPROVEN, "not_applied", Opens.OLD)
    if said in LATER:
        return visit.end(RotationState.IN_DOUBT, LATER[said])
    reason = "neither_opens" if said is Verdict.REFUSED else "not_applied"
    return visit.end(RotationState.UNPROVEN, reason)


def _control(visit: LockVisit, look: LockLook, wrong: str, new: str) -> Outcome:
    """Try a wrong value where that is safe: a yes to it takes back every yes before."""
    weaker = _no_control(look)
    if weaker is not None:
        return _witness(visit, look, weaker)
    said = visit.verify(Step.CONTROL, wrong)
    if said is Verdict.ACCEPTED:
        return visit.end(RotationState.UNPROVEN, "says_yes_to_everything")
    if said is Verdict.THROTTLED:
        return _witness(visit, look, "throttled")  # nothing is tried any more at this visit
    again = visit.verify(Step.CHECK_NEW_AGAIN, new)
    if again is Verdict.REFUSED:
        return visit.end(RotationState.UNPROVEN, "answers_contradict")
    if said is not Verdict.REFUSED:
        return _witness(visit, look, "no_control")
    weaker = None if again is Verdict.ACCEPTED else WHY.get(again, "unclear_answer")
    return _witness(visit, look, weaker)


def _witness(visit: LockVisit, before: LockLook, weaker: str | None) -> Outcome:
    seen = visit.look(Step.WITNESS)
    is_pin = seen.credential_type in PIN_TYPES and seen.credential_type != "none"
    if seen.secure is False or seen.contradicts or not is_pin:
        return visit.end(RotationState.UNPROVEN, "witness_disagrees")
    if weaker and not _counts(visit):
        return visit.end(RotationState.UNPROVEN, "build_unknown")
    if weaker:
        return visit.end(RotationState.VERIFIED, weaker, Opens.NEW)
    return visit.end(RotationState.PROVEN, _to_know(before), Opens.NEW)


def _counts(visit: LockVisit) -> bool:
    """Tell whether a yes of this phone's tool says anything: a no must have been heard of it."""
    return visit.wrong_attempts > 0 or visit.trust is BuildTrust.TRUSTED


def _to_know(before: LockLook) -> str | None:
    """Return what somebody should know although all went well."""
    if before.secure is False:
        return "first_pin_lock_was_off" if before.switched_off else "first_pin"
    return "profile_has_own_lock" if before.profile_has_own_lock else None


def _no_control(look: LockLook) -> str | None:
    """Return why no wrong value is tried.

    Until Android 9 a right value given by the tool does not bring the administrator's counter
    back, so that visits would add up to its limit.
    """
    if look.wipe_limit is None:
        return "wipe_limit_unknown"
    near = look.wipe_limit > 0 and (look.wipe_limit <= NO_CONTROL_UP_TO or _old_android(look))
    return "wipe_limit_near" if near else None


def _old_android(look: LockLook) -> bool:
    return look.sdk is None or look.sdk <= YES_WITHOUT_LOCK_UP_TO_SDK


def _usable(pin: str) -> bool:
    return pin.isascii() and pin.isdigit() and len(pin) in PIN_LENGTHS


def _wrong_value(*right: str) -> str:
    """Return digits of the same length that open nothing."""
    while (wrong := "".join(randomness.choice("0123456789") for _ in right[0])) in right:
        pass
    return wrong


def _given(*values: str | None) -> tuple[str, ...]:
    return tuple(filter(None, values))
