"""`workfleet waiver …`: letting a check of the return gate pass, as another decides."""

from datetime import datetime

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import NOTE, WHY
from cli.output import Column, text_of
from cli.speaking import argument, group, option
from fleet.contracts.custody import CheckName
from fleet.contracts.gate_words import named
from fleet.contracts.waivers import WaiverIn, WaiverOut, WaiverQuery, WaiverVerdictIn
from fleet.contracts.words import _


@group(_("Waivers of the return gate: asked for by one, granted by another, until a day."))
def waiver() -> None:
    pass


def _named(one: WaiverOut) -> str:

    return named(one.check)


def _state(one: WaiverOut) -> str:
    return label(one.standing)


waiver.add_command(
    list_command(
        Listing(
            help=_("List waivers, the newest first."),
            query=WaiverQuery,
            fetch=lambda client, query: client.waivers(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("Check"), _named),
                Column(_("State"), _state),
                Column(_("Until"), lambda one: one.until),
                Column(_("Asked by"), lambda one: one.asked_by),
                Column(_("Decided by"), lambda one: one.decided_by),
                Column(_("Why"), lambda one: one.reason, long=True),
            ),
            empty=_("No waiver fits."),
            filters={
                "device": _("Only of this phone (tag)."),
                "check": _("Only of this check."),
                "state": _("Only those that stand so."),
            },
            flags={"counting": _("Only those that let a check pass now.")},
        )
    )
)


@waiver.command(help=_("Show a waiver: of what, why, until when, who decided."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.waiver(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Phone"), one.device),
            (_("Check"), _named(one)),
            (_("State"), _state(one)),
            (_("Why"), one.reason),
            (_("Until"), one.until),
            (_("Asked by"), one.asked_by),
            (_("Asked"), one.asked_at),
            (_("Decided by"), one.decided_by),
            (_("Decided"), one.decided_at),
            (_("Note"), one.note),
        ],
    )


@waiver.command(help=_("Ask that a check of a phone's gate may be let pass; another one decides."))
@argument("tag")
@argument("check", type=click.Choice([one.value for one in CheckName]))
@WHY
@option(
    "--until",
    type=click.DateTime(),
    callback=moment,
    help=_("The day on which it ends; thirty days from now when left out."),
)
@pass_app
def ask(app: App, tag: str, check: str, reason: str, until: datetime | None) -> None:
    body = WaiverIn(check=CheckName(check), reason=reason, until=until)
    tell_asked(app, app.client.ask_waiver(tag, body))


def tell_asked(app: App, asked: WaiverOut) -> None:
    app.say(
        _("{number} is asked for until {until}; another person: workfleet waiver grant {number}"),
        number=asked.number,
        until=text_of(asked.until),
    )


@waiver.command(help=_("Grant a waiver that somebody else asked for."))
@argument("number")
@NOTE
@pass_app
def grant(app: App, number: str, note: str) -> None:
    done = app.client.grant_waiver(number, WaiverVerdictIn(note=note))
    text = _("{number} is granted until {until}: {tag} passes this check.")
    app.answer(done, text, number=number, until=text_of(done.until), tag=done.device)


@waiver.command(help=_("Refuse a waiver that somebody else asked for."))
@argument("number")
@NOTE
@pass_app
def refuse(app: App, number: str, note: str) -> None:
    done = app.client.refuse_waiver(number, WaiverVerdictIn(note=note))
    app.answer(done, _("{number} is refused."), number=number)


@waiver.command(help=_("Take back a waiver: your own, or one in force where you may grant them."))
@argument("number")
@NOTE
@pass_app
def withdraw(app: App, number: str, note: str) -> None:
    done = app.client.withdraw_waiver(number, WaiverVerdictIn(note=note))
    app.answer(done, _("{number} is withdrawn."), number=number)
