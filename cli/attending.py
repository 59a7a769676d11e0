"""Changes of passwords by hand, before a witness, and what follows a change."""

from typing import TYPE_CHECKING
from uuid import UUID

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.output import text_of
from cli.prompts import reason as reason_of
from cli.rotate import show_guide, tell
from cli.speaking import argument, command, option
from fleet.contracts.rotation import CHANGED, AttendIn, DeclareIn, RotationQuery
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from fleet.contracts.rotation import DeclarationOut

NOTE = option("--note", required=True, help=_("How, and where; it is kept."))


@command(_("Show an account's new password once, to be typed by hand before a witness."))
@argument("handle")
@option("--reason", metavar="TEXT", help=_("Why no station does it; asked when left out."))
@pass_app
def attend(app: App, handle: str, reason: str | None) -> None:
    why = reason_of(reason, _("Why is it changed by hand? (recorded)"))
    shown = app.client.attend(handle, AttendIn(reason=why))
    app.answer(shown)
    if not app.for_people:
        return
    if shown.value is None:
        _tell_of_binding(app, shown.rotation)
        return
    app.line(shown.value)
    app.warn(
        _("Recorded, and shown this once. Type it on the phone while a second person looks on.")
    )
    app.say(_("Then you: workfleet rotation declare {subject} changed --note …"), subject=handle)
    app.say(_("and the other: workfleet rotation witness {subject} changed"), subject=handle)


def _tell_of_binding(app: App, reference: str) -> None:
    show_guide(app, app.client.rotation(reference))
    app.say(_("Where no station looks on, the number itself is declared too, as: changed"))


@command(_("Say that a password was changed by hand, or that a follow-up was done."))
@argument("subject")
@argument("what")
@NOTE
@pass_app
def declare(app: App, subject: str, what: str, note: str) -> None:
    body = DeclareIn(what=what, note=note)
    done = app.client.declare_rotation(_reference(app, subject), body)
    noted = _("{subject}: noted. A second person confirms it: {what}.")
    app.answer(done, noted, subject=done.subject, what=what)


@command(_("Confirm, as a second person, what somebody declared and you saw."))
@argument("subject")
@argument("what")
@pass_app
def witness(app: App, subject: str, what: str) -> None:
    done = app.client.witness_rotation(_reference(app, subject), what)
    app.answer(done)
    if app.for_people and what == CHANGED:
        tell(app, done)
    elif app.for_people:
        app.say(_("{subject}: witnessed: {what}."), subject=done.subject, what=what)


@command(_("Take back a change that has not come true."))
@argument("subject")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def cancel(app: App, subject: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.rotation(_reference(app, subject))
    told = _("The change of {subject} is taken back; what may be in use already is kept.")
    if dry_run:
        app.answer(one, told, subject=one.subject)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(told, yes=yes, subject=one.subject)
    done = app.client.cancel_rotation(one.id)
    app.answer(done, _("{subject}: {state}."), subject=done.subject, state=label(done.state))


def _reference(app: App, word: str) -> str:
    """Return the change that is meant: by its id, or the newest of an account."""
    from cli.refusals import NothingUnderWay

    try:
        return str(UUID(word))
    except ValueError:
        found = app.client.rotations(RotationQuery(subject=word, limit=1)).items
    if not found:
        raise NothingUnderWay(subject=word)
    return found[0].id


def declared(one: "DeclarationOut") -> str:
    """Say who did a thing and who saw it, or that it is to be done yet."""
    if one.said_by is None or one.said_at is None:
        return f"{one.says} — {say('not declared yet')}"
    who = say("{name}, {when}", name=one.said_by, when=text_of(one.said_at))
    if one.witnessed_by is None:
        return f"{one.says} — {who} — {say('no witness yet')}"
    seen = say("witness {name}", name=one.witnessed_by)
    return f"{one.says} — {who} — {seen}"
