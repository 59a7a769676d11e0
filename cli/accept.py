"""`workfleet accept`: past the gate, into stock, wiped."""

from collections.abc import Iterable

import click

from cli.context import DRY_RUN, YES, App
from cli.devices import model_of
from cli.exits import GATE_OPEN, USAGE
from cli.gates import CHECKS, heading, show_gate
from cli.output import text_of
from cli.speaking import argument, command, option
from cli.waivers import tell_asked
from fleet.contracts.custody import AcceptIn, AcceptOut, CheckName, DeclareIn, GateOut
from fleet.contracts.gate_words import named
from fleet.contracts.waivers import WaiverIn
from fleet.contracts.words import _, say


@command(_("Take a phone back, past its gate, and wipe it. Without --yes it asks before the wipe."))
@argument("tag")
@option("--witness", metavar="NAME", help=_("Who was there when it was taken back."))
@option("--declare", type=CHECKS, multiple=True, help=_("You have seen yourself that this holds."))
@option("--note", metavar="TEXT", help=_("What you have seen; needed with --declare."))
@option(
    "--waive",
    type=CHECKS,
    multiple=True,
    help=_("Ask that this check may be let pass; another person grants it."),
)
@option("--reason", metavar="TEXT", help=_("Why; needed with --waive."))
@option(
    "--quarantine",
    type=click.IntRange(0, 365),
    metavar="DAYS",
    help=_("Keep it as it is for so many days before it is erased; else as the company sets it."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def accept(
    ctx: click.Context,
    tag: str,
    witness: str | None,
    declare: tuple[str, ...],
    note: str | None,
    waive: tuple[str, ...],
    reason: str | None,
    quarantine: int | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    app: App = ctx.obj
    _need(ctx, declare, note, say("--declare needs --note: what you have seen."))
    _need(ctx, waive, reason, say("--waive needs --reason: why the check may be passed by."))
    gate = _foreseen(app, tag)
    shut = set(gate.open) - {*declare}
    if dry_run:
        ctx.exit(_looked(app, gate, declare, waive, open_still=bool(shut)))
    if not shut:
        _ask(app, gate, yes=yes)
    _said(app, tag, declare, note, waive, reason)
    # A gate that was shut is not tried: it might open meanwhile, and nobody was asked about a wipe.
    body = AcceptIn(witness=witness, quarantine_days=quarantine)
    ctx.exit(_not_yet(app, _foreseen(app, tag)) if shut else _accept(app, tag, body))


def _need(ctx: click.Context, checks: Iterable[str], words: str | None, missing: str) -> None:
    if tuple(checks) and not words:
        click.echo(missing, err=True)
        ctx.exit(USAGE)


def _foreseen(app: App, tag: str) -> GateOut:
    """Return the gate as the acceptance would find it: who accepts has the phone in his hand."""
    return app.client.accept(tag, AcceptIn(dry_run=True)).gate


def _looked(
    app: App, gate: GateOut, declare: Iterable[str], waive: Iterable[str], *, open_still: bool
) -> int:
    app.answer(gate)
    app.line(heading(gate))
    show_gate(app, gate)
    for check in declare:
        app.say(_("You would declare: {check}."), check=named(CheckName(check)))
    for check in waive:
        app.say(_("You would ask for a waiver: {check}."), check=named(CheckName(check)))
    if not open_still:
        app.say(_("{tag} would be accepted, and then erased by a station."), tag=gate.tag)
    app.say(_("Nothing was changed: this was a dry run."))
    return GATE_OPEN if open_still else 0


def _ask(app: App, gate: GateOut, *, yes: bool) -> None:
    phone = app.client.device(gate.tag)
    app.confirm(
        _("{tag} ({model}), last with {holder}: accepted, and then everything on it is erased."),
        yes=yes,
        tag=gate.tag,
        model=model_of(phone),
        holder=text_of(gate.holder),
    )


def _said(
    app: App,
    tag: str,
    declare: Iterable[str],
    note: str | None,
    waive: Iterable[str],
    reason: str | None,
) -> None:
    """Record what the operator says himself, check by check."""
    for check in declare:
        app.client.declare(tag, DeclareIn(check=CheckName(check), note=note or ""))
    for check in waive:
        asked = WaiverIn(check=CheckName(check), reason=reason or "")
        tell_asked(app, app.client.ask_waiver(tag, asked))


def _accept(app: App, tag: str, body: AcceptIn) -> int:
    from api.client import Refused

    try:
        done = app.client.accept(tag, body)
    except Refused as refusal:
        if refusal.code != "gate_open":
            raise
        return _not_yet(app, _foreseen(app, tag))
    app.answer(done)
    _tell(app, done)
    return 0


def _not_yet(app: App, gate: GateOut) -> int:
    """Show the list on standard output: it is the answer, and scripts see the exit code."""
    app.answer(gate)
    click.echo(heading(gate), err=not app.for_people)
    show_gate(app, gate)
    return GATE_OPEN


def _tell(app: App, done: AcceptOut) -> None:
    app.line(heading(done.gate))
    show_gate(app, done.gate)
    app.say(_("{tag} is accepted. Certificate {number}."), tag=done.tag, number=done.certificate)
    if done.wipe_job:
        app.say(_("A station wipes it now and looks whether the data is gone: workfleet job list"))
    if done.quarantine_until:
        app.say(
            _("It is kept as it is until {until}, and then erased: workfleet device wiping {tag}"),
            until=text_of(done.quarantine_until),
            tag=done.tag,
        )
