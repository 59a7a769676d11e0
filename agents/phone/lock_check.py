"""Asking a phone whether a PIN still opens it: free questions first, the value once at most.

A wrong value is counted by the phone, so it is not tried where the free questions give a reason
not to; nothing is ever tried twice.
"""

from dataclasses import dataclass

from agents.phone.lock_text import LockLook, Verdict
from agents.phone.lock_visit import LockVisit, Progress, Step, StepTaken, silent
from agents.phone.lockscreen import NO_CONTROL_UP_TO, PIN_TYPES, WHY
from agents.phone.phone import Phone


@dataclass(frozen=True)
class Checked:
    """What a check saw; `reason` says why no value was tried, where none was."""

    look: LockLook
    steps: tuple[StepTaken, ...]
    wrong_attempts: int
    reason: str | None


def check_pin(phone: Phone, value: str | None, progress: Progress = silent) -> Checked:
    """Look at the lock, and try `value` where there is one and a wrong one would do no harm."""
    visit = LockVisit(phone, () if value is None else (value,), progress)
    look = visit.look()
    reason = "not_sent" if value is None else why_not(look)
    if value is not None and reason is None:
        visit.verify(Step.CHECK_OLD, value)
    return Checked(look, tuple(visit.steps), visit.wrong_attempts, reason)


def why_not(look: LockLook) -> str | None:
    """Return why a value is not tried on such a lock; None where it is.

    Only a tool that says that a lock is set, and asks for its value, gives answers that mean
    anything.
    """
    if look.contradicts:
        return "says_yes_to_everything"
    if look.credential_type not in PIN_TYPES:
        return "not_a_pin"
    if look.secure is not True or look.free_answer is not Verdict.LOCKED:
        return WHY.get(look.free_answer, "unclear_lock") if look.secure is not False else "no_lock"
    if look.wipe_limit is None:
        return "wipe_limit_unknown"
    return "wipe_limit_near" if 0 < look.wipe_limit <= NO_CONTROL_UP_TO else None
