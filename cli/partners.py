"""`workfleet partner …`: companies whose people are in our groups."""

from typing import Any

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.said import Said, named, options, tell
from cli.speaking import argument, group
from fleet.contracts.people import (
    PartnerCorrectIn,
    PartnerIn,
    PartnerOut,
    PartnerQuery,
    PartnerState,
    PartnerStateIn,
)
from fleet.contracts.words import _


@group(_("Companies whose people are in our groups."))
def partner() -> None:
    pass


partner.add_command(
    list_command(
        Listing(
            help=_("List partners."),
            query=PartnerQuery,
            fetch=lambda client, query: client.partners(query),
            columns=(
                Column(_("Name"), lambda one: one.name),
                Column(_("Contact"), lambda one: one.contact),
                Column(_("Telephone"), lambda one: one.number),
                Column(_("Department"), lambda one: one.department),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("State since"), lambda one: one.state_since),
            ),
            empty=_("No partner fits."),
            filters={
                "state": _("Only this state: cooperating, warned, ended."),
                "department": _("Only this department (its code)."),
            },
        )
    )
)

SAID = (
    Said("contact", "--contact", _("Who speaks for it.")),
    Said("number", "--number", _("His phone number.")),
    Said("department", "--department", _("The department that deals with it."), metavar="CODE"),
)


@partner.command(help=_("Show a partner, and how the cooperation stands."))
@argument("name")
@pass_app
def show(app: App, name: str) -> None:
    found = app.client.partner(name)
    rows = [
        (_("Name"), found.name),
        (_("Contact"), found.contact),
        (_("Telephone"), found.number),
        (_("Department"), found.department),
        (_("State"), label(found.state)),
        (_("State since"), found.state_since),
        (_("Why"), found.because),
    ]
    app.fields(found, rows)


@partner.command(help=_("Enter a partner."))
@argument("name")
@options(SAID)
@pass_app
def add(app: App, /, **given: str) -> None:
    made = app.client.add_partner(PartnerIn.model_validate(given))
    app.answer(made, _("{name} is entered."), name=made.name)


@partner.command(help=_("Correct who speaks for a partner, or who deals with it."))
@argument("name")
@options(SAID, clearing=True)
@pass_app
def edit(app: App, /, name: str, clear: tuple[str, ...], *, dry_run: bool, **given: Any) -> None:
    body = PartnerCorrectIn.model_validate(named(SAID, given, clear))
    before = app.client.partner(name)
    after = app.client.correct_partner(name, body, dry_run=dry_run)
    tell(app, before, after, SAID, dry_run=dry_run)


@partner.command(help=_("Note that a partner was warned."))
@argument("name")
@WHY
@pass_app
def warn(app: App, name: str, reason: str) -> None:
    _judged(app, name, PartnerState.WARNED, reason)


@partner.command(help=_("Note that the cooperation has ended."))
@argument("name")
@WHY
@pass_app
def end(app: App, name: str, reason: str) -> None:
    _judged(app, name, PartnerState.ENDED, reason)


@partner.command(help=_("Note that the cooperation goes on as before."))
@argument("name")
@WHY
@pass_app
def resume(app: App, name: str, reason: str) -> None:
    _judged(app, name, PartnerState.ACTIVE, reason)


def _judged(app: App, name: str, state: PartnerState, reason: str) -> None:
    done: PartnerOut = app.client.judge_partner(name, PartnerStateIn(state=state, reason=reason))
    app.answer(done, _("{name}: {state}."), name=done.name, state=label(done.state))
