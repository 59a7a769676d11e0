"""`workfleet return`, `gate` and `reassign`."""

from typing import Any

import click

from cli.accessories import CONDITIONS, came_back, is_missing
from cli.context import DRY_RUN, YES, App, pass_app
from cli.gates import CHECKS, heading, show_check, show_gate, show_refused
from cli.moments import moment
from cli.output import text_of
from cli.speaking import argument, command, option
from cli.waivers import tell_asked
from fleet.contracts.accessories import Condition
from fleet.contracts.custody import CheckName, DeclareIn, ReassignIn, ReturnIn
from fleet.contracts.waivers import WaiverIn
from fleet.contracts.words import _, say

DAY = click.DateTime()


@command(_("Begin the return of a phone: its holder gives it back, its gate opens step by step."))
@argument("tag")
@option("--note", help=_("Anything worth keeping."))
@option(
    "--with",
    "back",
    multiple=True,
    metavar="WORD[:COUNT][:CONDITION]",
    help=_("What came back with it, like charger or cable:2:damaged; may be given again."),
)
@option(
    "--missing",
    multiple=True,
    metavar="WORD=TEXT",
    help=_("What did not come back, and why; it is noted on the certificate."),
)
@option("--condition", type=CONDITIONS, help=_("How the phone looks."))
@option("--condition-note", metavar="TEXT", help=_("What is to be seen on it."))
@pass_app
def return_(
    app: App,
    tag: str,
    note: str | None,
    back: tuple[str, ...],
    missing: tuple[str, ...],
    condition: str | None,
    condition_note: str | None,
) -> None:
    body = ReturnIn(
        note=note,
        accessories=[came_back(word) for word in back],
        missing=[is_missing(word) for word in missing],
        condition=Condition(condition) if condition else None,
        condition_note=condition_note,
    )
    gate = app.client.return_device(tag, body)
    app.answer(gate, _("{tag} is being returned."), tag=tag)
    app.line(heading(gate))
    show_gate(app, gate)


@command(_("Show what keeps a phone from being accepted: every check, or one with its proofs."))
@argument("tag")
@argument("check", type=CHECKS, required=False)
@option("--declare", metavar="TEXT", help=_("Say what you have seen yourself of this check."))
@option("--account", metavar="HANDLE", help=_("What you have seen is of this account alone."))
@option("--waive", metavar="TEXT", help=_("Ask that this check may be let pass, and why."))
@option("--until", type=DAY, callback=moment, help=_("The day on which such a waiver ends."))
@pass_app
def gate(
    app: App,
    tag: str,
    check: str | None,
    declare: str | None,
    account: str | None,
    waive: str | None,
    until: Any,
) -> None:
    if check is None:
        if declare or waive:
            raise click.UsageError(say("Name the check that you mean, behind the tag."))
        found = app.client.gate(tag)
        app.answer(found)
        app.line(heading(found))
        show_gate(app, found)
        return
    name = CheckName(check)
    if declare:
        app.client.declare(tag, DeclareIn(check=name, note=declare, account=account))
    if waive:
        asked = app.client.ask_waiver(tag, WaiverIn(check=name, reason=waive, until=until))
        tell_asked(app, asked)
    found = app.client.gate(tag)
    show_check(app, found, next(one for one in found.checks if one.check is name))


@command(_("Hand an account on to another employee, once its password is not the old holder's."))
@argument("handle")
@option("--to", required=True, metavar="NUMBER", help=_("Employee number of the receiver."))
@option("--device", metavar="TAG", help=_("The phone it will be used on."))
@option("--registrant-seen", is_flag=True, help=_("You have seen who registered it first."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def reassign(
    ctx: click.Context,
    handle: str,
    to: str,
    device: str | None,
    *,
    registrant_seen: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    app: App = ctx.obj
    account, receiver = app.client.account(handle), app.client.employee(to)
    before = account.holder.name if account.holder else say("stock")
    app.say(_("{handle}: {before} → {to}."), handle=handle, before=before, to=text_of(receiver))
    if account.registrant and account.registrant != receiver.name:
        app.warn(
            _("{handle} was first registered by {who}. WeChat's terms give use to its registrant."),
            handle=handle,
            who=account.registrant,
        )
    if dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(_("The hand-over is recorded with today's date."), yes=yes)
    body = ReassignIn(
        to=to, device=device, registrant_seen=registrant_seen or bool(account.registrant)
    )
    ctx.exit(_reassign(app, handle, body, text_of(receiver)))


def _reassign(app: App, handle: str, body: ReassignIn, receiver: str) -> int:
    from api.client import Refused

    try:
        done = app.client.reassign(handle, body)
    except Refused as refusal:
        if refusal.code != "account_gate_open":
            raise
        return show_refused(app, refusal)
    app.answer(done, _("{handle} is now with {holder}."), handle=handle, holder=receiver)
    return 0
