"""`workfleet credential …`: what the vault holds. A value is shown by `disclose` alone."""

from datetime import datetime
from typing import IO

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import NOTE, WHY_ASKED
from cli.output import Column, text_of
from cli.prompts import hidden
from cli.prompts import reason as reason_of
from cli.speaking import argument, group, option
from cli.subjects import is_device
from fleet.contracts.credentials import (
    OF_SIMS,
    AdoptIn,
    CredentialKind,
    CredentialOut,
    CredentialQuery,
    DecisionIn,
    DisclosedOut,
    DiscloseIn,
    DisclosureQuery,
)
from fleet.contracts.words import _, say


@group(_("Credentials in the vault: how well they are known, never what they are."))
def credential() -> None:
    pass


def _doubt(one: CredentialOut) -> str:
    return say("{count} kept in doubt", count=one.doubtful) if one.doubtful else ""


credential.add_command(
    list_command(
        Listing(
            help=_("List credentials; never a value."),
            query=CredentialQuery,
            fetch=lambda client, query: client.credentials(query),
            columns=(
                Column(_("Subject"), lambda one: one.subject),
                Column(_("What"), lambda one: label(one.kind)),
                Column(_("Level"), lambda one: one.level),
                Column(_("Changed"), lambda one: one.changed_at),
                Column(_("Due"), lambda one: one.due_at),
                Column(_("Last checked"), lambda one: one.confirmed_at, spare=True),
                Column(_("Versions"), lambda one: one.versions, right=True),
                Column(_("Doubt"), _doubt, spare=True),
                Column(_("Disclosed"), lambda one: one.last_disclosed_at, spare=True),
            ),
            empty=_("No credential fits."),
            filters={
                "kind": _("Only this kind of value."),
                "level": _("Only those known so well."),
            },
        )
    )
)


OF_A_SIM = option(
    "--kind",
    type=click.Choice(sorted(kind.value for kind in OF_SIMS)),
    help=_("SUBJECT is a SIM's number or card number; which of its codes is meant."),
)


@credential.command(help=_("Put a PIN or password that a person knows into the vault."))
@argument("subject")
@OF_A_SIM
@option("--reason", metavar="TEXT", help=_("Where it comes from; asked when left out."))
@option("--from-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--from-stdin", is_flag=True, help=_("First line of standard input."))
@pass_app
def adopt(
    app: App,
    subject: str,
    kind: str | None,
    reason: str | None,
    from_file: IO[str] | None,
    *,
    from_stdin: bool,
) -> None:
    meant = _meant(app, subject, kind)
    why = reason_of(reason, _("Where does it come from?"))
    value = hidden(_NAMES[meant], file=from_file, from_stdin=from_stdin, twice=True)
    body = AdoptIn.model_validate({"kind": meant, "value": value, "reason": why})
    client = app.client
    send = {
        CredentialKind.DEVICE_PIN: client.adopt_device_pin,
        CredentialKind.ACCOUNT_PASSWORD: client.adopt_account_password,
    }
    kept = send.get(meant, client.adopt_sim_code)(subject, body)
    app.answer(kept, _kept(meant), subject=kept.subject, level=label(kept.level))


_NAMES = {
    CredentialKind.DEVICE_PIN: _("PIN"),
    CredentialKind.ACCOUNT_PASSWORD: _("Password"),
    CredentialKind.SIM_PIN: _("PIN of the SIM"),
    CredentialKind.SIM_PUK: _("PUK of the SIM"),
}


def _meant(app: App, subject: str, kind: str | None) -> CredentialKind:
    """Return the kind that was named, or the one that a phone or an account has."""
    if kind is not None:
        return CredentialKind(kind)
    phone = is_device(app.client, subject)
    return CredentialKind.DEVICE_PIN if phone else CredentialKind.ACCOUNT_PASSWORD


def _kept(kind: CredentialKind) -> str:
    if kind in OF_SIMS:
        return _(
            "{subject}: in the vault, level {level}. No station changes it: adopt the new one "
            "when somebody has."
        )
    return _("{subject}: in the vault, level {level}. It becomes proven when it is rotated.")


TICKET = option("--ticket", metavar="NUMBER", help=_("The case or ticket that it is for."))
PENDING = option("--pending", is_flag=True, help=_("The new value of a change that is under way."))


def _wanted(
    kind: CredentialKind, reason: str | None, ticket: str | None, *, pending: bool
) -> DiscloseIn:
    why = reason_of(reason, _("Why is it needed? (recorded)"))
    return DiscloseIn(kind=kind, reason=why, ticket=ticket, pending=pending)


@credential.command(help=_("Show a PIN or password. Who, when and why is recorded."))
@argument("subject")
@OF_A_SIM
@WHY_ASKED
@TICKET
@PENDING
@pass_app
def disclose(
    app: App,
    subject: str,
    kind: str | None,
    reason: str | None,
    ticket: str | None,
    *,
    pending: bool,
) -> None:
    meant = _meant(app, subject, kind)
    body = _wanted(meant, reason, ticket, pending=pending)
    send = {
        CredentialKind.DEVICE_PIN: app.client.disclose_device_pin,
        CredentialKind.ACCOUNT_PASSWORD: app.client.disclose_account_password,
    }
    shown = send.get(meant, app.client.disclose_sim_code)(subject, body)
    _show(app, shown)


def _show(app: App, shown: DisclosedOut) -> None:
    app.answer(shown)
    if app.for_people:
        _tell(app, shown)


def _tell(app: App, shown: DisclosedOut) -> None:
    app.line(shown.value)
    for other in shown.doubtful:
        app.say(_("or: {value}"), value=other)
    if shown.level == "none":
        app.warn(_("It is not proven that this opens {subject}."), subject=shown.subject)
    if shown.changed_since:
        app.warn(_("It was changed after you asked: this is the value of now."))
    if shown.rotation_due_at:
        app.warn(_("Recorded. It is to be changed by {when}."), when=_when(shown.rotation_due_at))


@credential.command(help=_("Ask to see a value, where another person has to approve it."))
@argument("subject")
@OF_A_SIM
@WHY_ASKED
@TICKET
@PENDING
@pass_app
def request(
    app: App,
    subject: str,
    kind: str | None,
    reason: str | None,
    ticket: str | None,
    *,
    pending: bool,
) -> None:
    meant = _meant(app, subject, kind)
    body = _wanted(meant, reason, ticket, pending=pending)
    send = {
        CredentialKind.DEVICE_PIN: app.client.request_device_pin,
        CredentialKind.ACCOUNT_PASSWORD: app.client.request_account_password,
    }
    asked = send.get(meant, app.client.request_sim_code)(subject, body)
    text = _("Request {id} waits for approval until {until}.")
    app.answer(asked, text, id=asked.id, until=text_of(asked.until))


credential.add_command(
    list_command(
        Listing(
            help=_("List requests to see a value."),
            query=DisclosureQuery,
            fetch=lambda client, query: client.disclosures(query),
            columns=(
                Column(_("Request"), lambda one: one.id),
                Column(_("Subject"), lambda one: one.subject),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Asked by"), lambda one: one.asked_by),
                Column(_("Reason"), lambda one: one.reason, long=True),
                Column(_("Until"), lambda one: one.until),
                Column(_("Decided by"), lambda one: one.decided_by, spare=True),
            ),
            empty=_("No request fits."),
            filters={
                "state": _("Only those that stand so."),
                "subject": _("Only those for this tag or handle."),
            },
        ),
        name="requests",
    )
)


@credential.command(help=_("Approve what somebody else has asked to see."))
@argument("request_id", metavar="REQUEST")
@NOTE
@pass_app
def approve(app: App, request_id: str, note: str) -> None:
    done = app.client.approve_disclosure(request_id, DecisionIn(note=note))
    text = _("{who} may see {subject} once, until {until}.")
    app.answer(done, text, who=done.asked_by, subject=done.subject, until=text_of(done.until))


@credential.command(help=_("Deny what somebody else has asked to see."))
@argument("request_id", metavar="REQUEST")
@NOTE
@pass_app
def deny(app: App, request_id: str, note: str) -> None:
    done = app.client.deny_disclosure(request_id, DecisionIn(note=note))
    text = _("Denied: {who} is not shown {subject}.")
    app.answer(done, text, who=done.asked_by, subject=done.subject)


@credential.command(help=_("Take your own request back."))
@argument("request_id", metavar="REQUEST")
@pass_app
def withdraw(app: App, request_id: str) -> None:
    app.answer(app.client.withdraw_disclosure(request_id), _("The request is withdrawn."))


@credential.command(help=_("Show what you asked for and another person approved: once."))
@argument("request_id", metavar="REQUEST")
@pass_app
def view(app: App, request_id: str) -> None:
    _show(app, app.client.view_disclosure(request_id))


def _when(moment: datetime) -> str:
    return text_of(moment)
