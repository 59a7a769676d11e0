"""`workfleet escrow …`: the keys that open every backup, who keeps them, and if he still does."""

from datetime import datetime
from pathlib import Path

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import IDENTITY, NOTE, WHY_ASKED
from cli.output import Column, text_of
from cli.prompts import reason as reason_of
from cli.speaking import argument, group, option
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.escrow import (
    EscrowConfirmIn,
    EscrowKeyIn,
    EscrowKeyOut,
    EscrowQuery,
    EscrowRetireIn,
    EscrowState,
    ProofIn,
    fingerprint_of,
)
from fleet.contracts.words import _


@group(_("Escrow keys: age recipients that backups are sealed to, and who keeps the identities."))
def escrow() -> None:
    pass


@escrow.command(help=_("Ask for a key that will open every backup; another person confirms it."))
@argument("name")
@argument("recipient")
@option("--kept-by", required=True, help=_("Who keeps the identity."))
@option("--kept-with", help=_("The second person, where each of two holds a part."))
@option("--kept-at", required=True, help=_("Where the paper or the stick lies."))
@option("--since", type=click.DateTime(["%Y-%m-%d"]), help=_("Since when; today when left out."))
@WHY_ASKED
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def add(
    app: App,
    name: str,
    recipient: str,
    kept_by: str,
    kept_with: str | None,
    kept_at: str,
    since: datetime | None,
    reason: str | None,
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    _refuse_private(recipient)
    told = {"name": name, "fingerprint": _fingerprint(recipient)}
    if dry_run:
        app.say(_("{name} ({fingerprint}) would be asked for."), **told)
        return
    app.confirm(
        _("Whoever has the identity of {name} will read every backup made from then on."),
        yes=yes,
        **told,
    )
    body = EscrowKeyIn(
        name=name,
        recipient=recipient,
        kept_by=kept_by,
        kept_with=kept_with,
        kept_at=kept_at,
        since=since.date() if since else None,
        reason=reason_of(reason, _("Why is it needed? (recorded)")),
    )
    asked = app.client.add_escrow_key(body)
    app.answer(
        asked,
        _("{name} waits for another person, with its paper: {fingerprint}"),
        name=asked.name,
        fingerprint=asked.fingerprint,
    )


def _refuse_private(text: str) -> None:
    """Refuse it here already: what is burnt need not travel as well."""
    from cli.refusals import PrivateKeyGiven

    if "AGE-SECRET-KEY" in text.upper():
        raise PrivateKeyGiven


def _kept_by(one: EscrowKeyOut) -> str:
    return " + ".join(filter(None, (one.kept_by, one.kept_with)))


escrow.add_command(
    list_command(
        Listing(
            help=_("List escrow keys, and whether each was shown to be still there."),
            query=EscrowQuery,
            fetch=lambda client, query: client.escrow_keys(query),
            columns=(
                Column(_("Name"), lambda one: one.name),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Kept by"), _kept_by),
                Column(_("Where"), lambda one: one.kept_at),
                Column(_("Since"), lambda one: one.since, spare=True),
                Column(_("Fingerprint"), lambda one: one.fingerprint),
                Column(_("Custody"), lambda one: label(one.custody)),
                Column(_("Next check"), lambda one: one.proof_due_at),
            ),
            empty=_("No key fits; until one is added, those of the settings are used."),
            filters={
                "state": _("Only those that stand so."),
                "custody": _("Only those whose custody is so."),
            },
        )
    )
)


@escrow.command(help=_("Show a key: recipient, fingerprint, keepers, and its last proof."))
@argument("name")
@pass_app
def show(app: App, name: str) -> None:
    one = app.client.escrow_key(name)
    app.fields(one, _rows(one))


def _rows(one: EscrowKeyOut) -> list[tuple[str, object]]:
    return [
        (_("Name"), one.name),
        (_("State"), label(one.state)),
        (_("Recipient"), one.recipient),
        (_("Fingerprint"), one.fingerprint),
        (_("Kept by"), _kept_by(one)),
        (_("Where"), one.kept_at),
        (_("Since"), one.since),
        (_("Reason"), one.reason),
        (_("Asked by"), one.asked_by),
        (_("Asked"), one.asked_at),
        (_("Decided by"), one.decided_by),
        (_("Note"), one.note),
        (_("Custody"), label(one.custody)),
        (_("Last proof"), one.proved_at),
        (_("Shown by"), one.proved_by),
        (_("Next check"), one.proof_due_at),
        (_("Retired by"), one.retired_by),
        (_("Retired because"), one.retired_because),
    ]


@escrow.command(help=_("Let a key take effect that somebody else asked for."))
@argument("name")
@option("--fingerprint", help=_("As it stands on the paper; asked when left out."))
@NOTE
@pass_app
def confirm(app: App, name: str, fingerprint: str | None, note: str) -> None:
    typed = fingerprint or reason_of(None, _("Fingerprint on the paper"), "--fingerprint")
    body = EscrowConfirmIn(fingerprint=typed, note=note)
    done = app.client.confirm_escrow_key(name, body)
    app.answer(done, _("{name} is active: every new pack is sealed to it."), name=done.name)


@escrow.command(help=_("Deny a key that somebody else asked for."))
@argument("name")
@NOTE
@pass_app
def deny(app: App, name: str, note: str) -> None:
    done = app.client.deny_escrow_key(name, DecisionIn(note=note))
    app.answer(done, _("Denied: nothing is sealed to {name}."), name=done.name)


@escrow.command(help=_("Seal nothing new to a key; what was sealed to it still opens."))
@argument("name")
@option("--reason", metavar="TEXT", help=_("Why it is retired; asked when left out."))
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def retire(app: App, name: str, reason: str | None, *, yes: bool, dry_run: bool) -> None:
    left = app.client.escrow_keys(EscrowQuery(state=EscrowState.ACTIVE, limit=1000)).items
    others = ", ".join(one.name for one in left if one.name != name) or "—"
    text = _("{name} would be retired; these are left: {others}")
    if dry_run:
        app.say(text, name=name, others=others)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(text, yes=yes, name=name, others=others)
    why = reason_of(reason, _("Why is it retired? (recorded)"))
    done = app.client.retire_escrow_key(name, EscrowRetireIn(reason=why))
    app.answer(
        done,
        _("{name} is retired. What it opens is sealed anew with: workfleet escrow reseal"),
        name=done.name,
    )


@escrow.command(help=_("Show that the identity on paper or stick still opens what it should."))
@argument("name")
@IDENTITY
@pass_app
def check(app: App, name: str, identity: Path) -> None:
    from agents.station.backup.opening import read_identities
    from agents.station.backup.resealing import answer_to

    keys = read_identities(identity)
    challenge = app.client.challenge_escrow_key(name)
    answer = answer_to(challenge.sealed, keys, identity)
    done = app.client.prove_escrow_key(name, ProofIn(answer=answer))
    due = text_of(done.proof_due_at) if done.proof_due_at else "—"
    text = _("{name}: the identity opens what is sealed to it. Next check by {due}.")
    app.answer(done, text, name=done.name, due=due)


@escrow.command(help=_("Show the fingerprint of a recipient, to be written on its paper."))
@argument("recipient")
def fingerprint(recipient: str) -> None:
    _refuse_private(recipient)
    click.echo(_fingerprint(recipient))


def _fingerprint(recipient: str) -> str:
    """Return that of the recipient as age writes it, in small letters."""
    return fingerprint_of(recipient.strip().lower())


@escrow.command(
    help=_("Seal packs and indexes to the active keys that are not, by who holds an identity.")
)
@IDENTITY
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def reseal(ctx: click.Context, identity: Path, *, yes: bool, dry_run: bool) -> None:
    from cli.resealing import reseal_all

    ctx.exit(reseal_all(ctx.obj, identity, yes=yes, dry_run=dry_run))
