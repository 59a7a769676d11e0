"""`workfleet opening …`: asking to open a backup, and another person's yes or no."""

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import NOTE, WHY_ASKED
from cli.output import Column, text_of
from cli.prompts import reason as reason_of
from cli.speaking import argument, group, option
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.openings import (
    OpeningIn,
    OpeningOut,
    OpeningPurpose,
    OpeningQuery,
    OpeningState,
)
from fleet.contracts.words import _, say


@group(_("Openings of backups: asked for, approved by another person, used for a time."))
def opening() -> None:
    pass


@opening.command(help=_("Ask to open a backup; for --purpose reseal, name none."))
@argument("backup", required=False)
@option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in OpeningPurpose]),
    required=True,
    help=_("What it is for."),
)
@WHY_ASKED
@option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATTERN",
    help=_("What of it is meant, as a pattern; may be repeated. All of it when left out."),
)
@pass_app
def request(
    app: App, backup: str | None, purpose: str, reason: str | None, paths: tuple[str, ...]
) -> None:
    why = reason_of(reason, _("Why is it needed? (recorded)"))
    body = OpeningIn(backup=backup, purpose=OpeningPurpose(purpose), reason=why, paths=list(paths))
    asked = app.client.ask_opening(body)
    app.answer(asked)
    if app.for_people:
        _say(app, asked)


def _say(app: App, asked: OpeningOut) -> None:
    until = text_of(asked.until)
    if asked.state is OpeningState.APPROVED:
        app.say(_("{number}: open for you until {until}."), number=asked.number, until=until)
    else:
        app.say(
            _("{number} waits for another person until {until}: {command}"),
            number=asked.number,
            until=until,
            command=f"workfleet opening approve {asked.number} --note …",
        )
    if asked.emergency:
        app.warn(_("Nobody approved it: the alarm of this account is raised."))


opening.add_command(
    list_command(
        Listing(
            help=_("List openings, newest first; of your own data, if that is all you may see."),
            query=OpeningQuery,
            fetch=lambda client, query: client.openings(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Backup"), lambda one: one.backup),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("What for"), lambda one: label(one.purpose)),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Asked by"), lambda one: one.asked_by),
                Column(_("Reason"), lambda one: one.reason, long=True),
                Column(_("Until"), lambda one: one.until),
                Column(_("Decided by"), lambda one: one.decided_by, spare=True),
                Column(_("Fetched"), lambda one: one.fetched, right=True),
            ),
            empty=_("No opening fits."),
            filters={
                "state": _("Only those that stand so."),
                "purpose": _("Only those for this."),
                "backup": _("Only those of this backup."),
                "device": _("Only this phone (tag)."),
                "holder": _("Only those of this employee's data (number)."),
            },
            flags={"mine": _("Only those you asked for.")},
        )
    )
)


@opening.command(help=_("Show an opening: who, what for, who allowed it, what was fetched."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.opening(number)
    app.fields(one, _rows(one))


def _rows(one: OpeningOut) -> list[tuple[str, object]]:
    return [
        (_("Number"), one.number),
        (_("Backup"), one.backup),
        (_("Phone"), one.device),
        (_("Holder"), one.holder),
        (_("What for"), label(one.purpose)),
        (_("What of it"), ", ".join(one.paths) or say("all of it")),
        (_("Reason"), one.reason),
        (_("State"), label(one.state)),
        (_("Asked by"), one.asked_by),
        (_("Asked"), one.asked_at),
        (_("Until"), one.until),
        (_("Decided by"), say("nobody: emergency") if one.emergency else one.decided_by),
        (_("Decided"), one.decided_at),
        (_("Note"), one.note),
        (_("Fetched"), one.fetched),
        (_("Last fetched"), one.last_fetched_at),
        (_("Closed"), one.closed_at),
    ]


@opening.command(help=_("Approve what somebody else has asked for."))
@argument("number")
@NOTE
@pass_app
def approve(app: App, number: str, note: str) -> None:
    done = app.client.approve_opening(number, DecisionIn(note=note))
    text = _("{who} may open {backup} until {until}.")
    backup = done.backup or say("all backups, to reseal them")
    app.answer(done, text, who=done.asked_by, backup=backup, until=text_of(done.until))


@opening.command(help=_("Deny what somebody else has asked for."))
@argument("number")
@NOTE
@pass_app
def deny(app: App, number: str, note: str) -> None:
    done = app.client.deny_opening(number, DecisionIn(note=note))
    app.answer(done, _("Denied: nothing is opened under {number}."), number=done.number)


@opening.command(help=_("Take your own request back."))
@argument("number")
@pass_app
def withdraw(app: App, number: str) -> None:
    app.answer(app.client.withdraw_opening(number), _("The request is withdrawn."))


@opening.command(help=_("End your own opening: the work is done."))
@argument("number")
@pass_app
def close(app: App, number: str) -> None:
    done = app.client.close_opening(number)
    app.answer(done, _("{number} is closed: nothing more is fetched under it."), number=number)


@opening.command(help=_("End somebody's opening at once."))
@argument("number")
@pass_app
def revoke(app: App, number: str) -> None:
    done = app.client.revoke_opening(number)
    app.answer(done, _("{number} is closed: nothing more is fetched under it."), number=number)
