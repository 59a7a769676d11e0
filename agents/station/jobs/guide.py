"""Watching while a person changes an account's password: the screen's own word counts as observed.

The station touches nothing on the phone, and keeps of the screen only labels from a fixed list.
"""

import time

from agents.phone import screen
from agents.phone.errors import CommandTimedOut, NoAnswer
from agents.phone.phone import Phone
from agents.phone.screen import PASSWORD_CHANGED, Screen
from agents.station.jobs.work import Work
from agents.station.stopping import Stopped
from fleet.contracts.rotation import AccountOutcome, RotationState
from fleet.contracts.stations import GuideAccountTask, JobDone
from fleet.contracts.words import _, translated

SEEN = _("The phone's screen said that the password was changed.")
NOT_SEEN = _("Nobody was seen changing the password; confirm it by hand or begin again.")
BETWEEN_LOOKS = 1.0  # seconds; looking wakes the phone's accessibility service each time


def run(work: Work, task: GuideAccountTask) -> JobDone:
    """Report what was seen until the time is over; a phone that is unplugged may come back."""
    end = time.monotonic() + task.seconds
    work.tell("watching", None, None)
    while (left := end - time.monotonic()) > 0:
        seen = _look(work, left)
        if seen is not None and _is_it(seen, task):
            return JobDone(job=work.job, account=_observed(seen))
        if work.stop.wait(BETWEEN_LOOKS):
            raise Stopped
    return JobDone(job=work.job, account=_not_seen())


def _look(work: Work, seconds: float) -> Screen | None:
    phone = work.find()
    if phone is None:
        return None
    return _wait(phone, seconds, work)


def _wait(phone: Phone, seconds: float, work: Work) -> Screen | None:
    try:
        return screen.wait_for(phone, PASSWORD_CHANGED, deadline=seconds, stop=work.stop)
    except (CommandTimedOut, NoAnswer):
        return None


def _is_it(seen: Screen, task: GuideAccountTask) -> bool:
    return seen.main_package == task.package and screen.password_changed(seen)


def _observed(seen: Screen) -> AccountOutcome:
    return AccountOutcome(
        state=RotationState.OBSERVED,
        sentence=translated(SEEN),
        screen_digest=seen.digest,
        labels=list(seen.texts),
    )


def _not_seen() -> AccountOutcome:
    return AccountOutcome(
        state=RotationState.IN_DOUBT, reason="not_seen", sentence=translated(NOT_SEEN)
    )
