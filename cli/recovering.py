"""`workfleet rotation recover`: a phone in hand that does not take the PIN of the vault."""

from typing import Final

import click

from cli.checks import cost, tell, waited, why
from cli.context import DRY_RUN, YES, App
from cli.labels import label
from cli.output import Column
from cli.prompts import hidden
from cli.rotate import tell as tell_rotation
from cli.rotate import wait_for
from cli.speaking import argument, command, option
from fleet.contracts.credentials import AdoptIn, CredentialKind
from fleet.contracts.findings import CandidateOut, CheckResult, PinCheckIn, RecoveryOut
from fleet.contracts.rotation import RotateIn
from fleet.contracts.words import _, say

ACTIVE: Final = "active"
REASON: Final = "told by the holder of a phone that refused its PIN"
FILE = option("--from-stdin", is_flag=True, help=_("First line of standard input."))


@command(_("Show what is left where a phone refuses its PIN, and take one step of it."))
@argument("tag")
@option("--try", "wanted", metavar="active|NUMBER", help=_("Try a value of the vault, once."))
@option("--told", is_flag=True, help=_("Type the PIN its holder has set; it is then changed."))
@FILE
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def recover(
    ctx: click.Context,
    tag: str,
    wanted: str | None,
    *,
    told: bool,
    from_stdin: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    app: App = ctx.obj
    plan = app.client.recovery(tag)
    if dry_run or not (wanted or told):
        _show(app, plan)
        if dry_run:
            app.say(_("Nothing was changed: this was a dry run."))
        return
    number = _kept(app, plan, from_stdin=from_stdin) if told else _number(plan, wanted)
    ctx.exit(_tried(app, plan, number, yes=yes))


def _show(app: App, plan: RecoveryOut) -> None:
    app.answer(plan)
    if not app.for_people:
        return
    app.say(_("{tag}: {open} open findings."), tag=plan.device, open=len(plan.findings))
    _say_cost(app, plan)
    app.table(plan.candidates, CANDIDATES, empty=_("The vault has no value for it."))
    for step in plan.steps:
        app.line(step)


def _say_cost(app: App, plan: RecoveryOut) -> None:
    app.say(_("Wrong attempts counted since it last took a value: {count}."), count=plan.spent)
    if plan.left is not None:
        app.warn(_("{left} more wrong attempts, and the phone erases itself."), left=plan.left)
    if plan.why_not:
        app.warn(_("No value is tried on it now: {why}."), why=why(plan.why_not))


def _state(one: CandidateOut) -> str:
    return say("refused") if one.refused_at else label(one.state)


CANDIDATES = (
    Column("", lambda one: one.number, right=True),
    Column(_("State"), _state),
    Column(_("Made"), lambda one: one.made_at),
    Column(_("Until"), lambda one: one.ended_at),
    Column(_("Refused"), lambda one: one.refused_at, spare=True),
)


def _number(plan: RecoveryOut, wanted: str | None) -> int:
    """Return the number of the value that is meant."""
    for one in plan.candidates:
        if wanted in {str(one.number), one.state.value if one.state == ACTIVE else ""}:
            return one.number
    raise click.UsageError(say("The vault has no such value: {value}.", value=wanted))


def _kept(app: App, plan: RecoveryOut, *, from_stdin: bool) -> int:
    """Put the PIN that the holder tells into the vault; return the number that it has there."""
    value = hidden(_("PIN"), file=None, from_stdin=from_stdin, twice=True)
    fields = {"kind": CredentialKind.DEVICE_PIN, "value": value, "reason": REASON}
    app.client.adopt_device_pin(plan.device, AdoptIn.model_validate(fields))
    app.say(_("{tag}: the PIN is in the vault."), tag=plan.device)
    return _number(app.client.recovery(plan.device), ACTIVE)


def _tried(app: App, plan: RecoveryOut, number: int, *, yes: bool) -> int:
    """Have one value tried, once; where the phone takes it, change it at once."""
    ask = PinCheckIn(number=number)
    price = app.client.check_pin(plan.device, ask.model_copy(update={"dry_run": True}))
    app.confirm(cost(price), yes=yes, tag=price.device, why=why(price.reason))
    done = waited(app, app.client.check_pin(plan.device, ask))
    code = tell(app, done)
    if done.result not in {CheckResult.ACCEPTED, CheckResult.LOCK_REMOVED}:
        return code
    body = RotateIn(kind=CredentialKind.DEVICE_PIN, reason="recovered")
    rotation = app.client.rotate_device_pin(plan.device, body)
    return tell_rotation(app, wait_for(app, rotation, plan.device))
