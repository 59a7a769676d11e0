"""`workfleet return`, `gate` and `reassign`."""

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.gates import heading, show_gate, show_refused
from cli.output import text_of
from cli.speaking import argument, command, option
from fleet.contracts.custody import ReassignIn, ReturnIn
from fleet.contracts.words import _, say


@command(_("Begin the return of a phone: its holder gives it back, its gate opens step by step."))
@argument("tag")
@option("--note", help=_("Anything worth keeping."))
@pass_app
def return_(app: App, tag: str, note: str | None) -> None:
    gate = app.client.return_device(tag, ReturnIn(note=note))
    app.answer(gate, _("{tag} is being returned."), tag=tag)
    app.line(heading(gate))
    show_gate(app, gate)


@command(_("Show what keeps a phone from being accepted, and what to do about it."))
@argument("tag")
@pass_app
def gate(app: App, tag: str) -> None:
    found = app.client.gate(tag)
    app.answer(found)
    app.line(heading(found))
    show_gate(app, found)


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
