"""Guiding a person who changes an account's password: he moves, the station looks and types.

The station touches nothing but a password field that has the focus on the very page that the
playbook names, and keeps of the screen only the playbook's labels. A value is in the journal before
it is typed; when a run that may have set it was cut off, both values are tried first.
"""

import time

from agents.phone.errors import CommandFailed, NoAnswer
from agents.phone.phone import Phone
from agents.phone.typing import can_type
from agents.station.guiding.binding import Binding
from agents.station.guiding.change import Change
from agents.station.guiding.guide import Guide, refused
from agents.station.guiding.trial import Trial
from agents.station.jobs.work import Work
from agents.station.stopping import Stopped
from fleet.contracts.playbooks import Glimpse
from fleet.contracts.rotation import AccountOutcome, RotationState
from fleet.contracts.stations import GuideAccountTask, JobDone
from fleet.contracts.words import _, translated

BETWEEN_LOOKS = 1.0  # seconds; looking wakes the phone's accessibility service each time

REASONS = {
    "not_seen": _("Nobody was seen changing the password; confirm it by hand or begin again."),
    "station_failed": _("The station failed after the new password was typed."),
    "left_open": _("The new password was typed, and no message of success was seen."),
    "not_ours": _("A person typed the new password; the station did not."),
    "old_refused": _("The app refused the old password; nothing was changed."),
    "secure_keyboard": _(
        "What the station types does not arrive: the phone's own keyboard shuts others out. "
        "Switch the secure keyboard off, or show the password and type it by hand."
    ),
    "input_refused": _(
        "The phone lets no computer type. Allow it in the developer options "
        "(USB debugging, security settings), or type the password by hand."
    ),
    "cannot_type": _("A station types ASCII characters only; type this password by hand."),
    "old_android": _("A phone this old would keep what is typed in a file; type it by hand."),
    "not_applied": _("The old password is still in use; the new one was never set."),
    "neither_opens": _("The app accepts neither the old nor the new password."),
    "binding_not_seen": _("The pages that show whom it is bound to were not all seen."),
    "bound": _("The phone's screen showed the company's number."),
    "accepted": _("The app accepted the new password."),
    "seen": _("The phone's screen said that the password was changed."),
}


def run(work: Work, task: GuideAccountTask) -> JobDone:
    """Guide until it is changed, shown not to be, or the time is over."""
    guide = _guide(work, task)
    outcome = _impossible(guide) or _ended(guide)
    seen = "bound" if isinstance(guide, Binding) else "seen"
    sentence = translated(REASONS.get(outcome.reason or seen, ""))
    told = {"sentence": sentence, "steps": guide.steps, "build": work.build}
    return JobDone(job=work.job, account=outcome.model_copy(update=told))


def _guide(work: Work, task: GuideAccountTask) -> Guide:
    if task.playbook.changes == "binding":
        return Binding(work=work, task=task, new="", old=None, steps=list(work.entry.steps))
    new, old = work.opened(task.sealed_new), work.opened(task.sealed_old)
    if new is None:
        raise TypeError("a change has a new password")
    settle = task.settle or work.entry.touched
    kind = Trial if settle and task.playbook.check and not task.by_hand else Change
    return kind(work=work, task=task, new=new, old=old, steps=list(work.entry.steps))


def _impossible(guide: Guide) -> AccountOutcome | None:
    """Refuse to begin what the station could not finish."""
    if guide.task.by_hand or isinstance(guide, Binding):
        return None
    if not all(can_type(value) for value in guide.values):
        return refused("cannot_type")
    if "shell_v2" not in guide.work.phone.features:
        return refused("old_android")
    return None


def _ended(guide: Guide) -> AccountOutcome:
    try:
        return _guided(guide.work, guide.task, guide)
    except Stopped:
        raise
    except Exception:
        if not guide.sent:
            raise
        # Whatever it was, the new password may have been set before it.
        return AccountOutcome(state=RotationState.IN_DOUBT, reason="station_failed")


def _guided(work: Work, task: GuideAccountTask, guide: Guide) -> AccountOutcome:
    end = time.monotonic() + task.seconds
    guide.tell(Glimpse.EXPECTED)
    while time.monotonic() < end:
        phone = work.find()
        outcome = None if phone is None else _looked(phone, guide)
        if phone is None:
            guide.tell(Glimpse.AWAY)
        if outcome is not None:
            return outcome
        if work.stop.wait(BETWEEN_LOOKS):
            raise Stopped
    return guide.over()


def _looked(phone: Phone, guide: Guide) -> AccountOutcome | None:
    """Look once, and do what the page asks for; a phone that goes away may come back."""
    try:
        return guide.take(phone, guide.look(phone))
    except CommandFailed:
        guide.tell(Glimpse.UNREADABLE)
    except NoAnswer:
        guide.tell(Glimpse.AWAY)
    return None
