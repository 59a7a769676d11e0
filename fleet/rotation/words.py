"""What a person is told while he is guided: the step he is at, and what the station sees of it."""

from typing import Final

from fleet.contracts.playbooks import Glimpse, Playbook
from fleet.contracts.words import _, language, translated
from fleet.rotation.models import Rotation

BY_HAND: Final = (
    _("Show the new password with `workfleet rotation attend` and keep it at hand."),
    _("Open the page of the account's password, on its phone or on its website."),
    _("Type the old password, then the new one twice, and confirm."),
    _("Say so with `workfleet rotation declare`; a second person who saw it confirms."),
)
BEFORE: Final = (
    _("Bring the phone to a station, unlocked; its station shows step by step what to do."),
    _("You move, the station looks; it types the old and the new password itself."),
    _("Leave the message of success on the screen until the station has seen it."),
)
SEES: Final = {
    Glimpse.AWAY: _("The phone is not connected: plug it in again."),
    Glimpse.OTHER_PAGE: _("This is another page than the one expected; nothing is typed here."),
    Glimpse.OTHER_APP: _("Another app is in front."),
    Glimpse.LOCKED: _("The phone is locked: unlock it."),
    Glimpse.UNREADABLE: _("The screen cannot be read just now."),
    Glimpse.TOUCH_FIELD: _("The station waits until the field is touched."),
    Glimpse.NOT_EMPTY: _("The field is not empty: clear it, and the station types."),
    Glimpse.BY_HAND: _("The password was shown: type it yourself."),
    Glimpse.TYPING: _("The station is typing; leave the phone alone."),
    Glimpse.TYPED: _("The station has typed, and the field shows as many dots."),
    Glimpse.OLD_REFUSED: _("The app does not take the password that was typed."),
    Glimpse.NEW_REFUSED: _("The app does not take the new password."),
    Glimpse.ASIDE: _("The app asks for something that you alone can give."),
}
WARNINGS: Final = {
    "version_unknown": _("No playbook is for this version of the app: the newest one is used."),
    "language_unknown": _("No playbook is in the phone's language: labels may not be found."),
}


def guide(rotation: Rotation) -> list[str]:
    """Return what the person does, step by step; a binding has its playbook from the start."""
    book = rotation.playbook
    if book is not None:
        return [step.say.said(language()) for step in book.steps]
    lines = BY_HAND if rotation.job_id is None else BEFORE
    return [translated(line) for line in lines]


def place(rotation: Rotation) -> tuple[str | None, str | None]:
    """Return what is to be done now, and what the station sees instead of it."""
    book, job = rotation.playbook, rotation.job
    if book is None or job is None or not job.step:
        return None, None
    name, _colon, glimpse = job.step.partition(":")
    return _said(book, name), translated(SEES.get(Glimpse(glimpse), "")) or None


def _said(book: Playbook, name: str) -> str | None:
    signs = (one for one in book.signs if one.id == name)
    found = book.step(name) or next(signs, None)
    return found.say.said(language()) if found else None


def warnings(rotation: Rotation) -> list[str]:
    given = rotation.guided_by or {}
    return [translated(WARNINGS[code]) for code in given.get("warnings", ())]
