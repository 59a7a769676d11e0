"""`workfleet device check`: ask a phone whether the PIN of the vault still opens it."""

from typing import Final

import click

from cli.context import DRY_RUN, YES, App
from cli.exits import NOT_SO
from cli.labels import label
from cli.speaking import argument, command, option
from cli.waiting import Waiting
from fleet.contracts.findings import CheckResult, PinCheckIn, PinCheckOut
from fleet.contracts.stations import JobKind
from fleet.contracts.words import _, say, translated

# Why no value is tried, or why an answer means nothing.
WHY: Final = {
    "unclear_lock": _("whether a lock is set could not be found out"),
    "no_lock": _("no lock is set"),
    "not_a_pin": _("the lock is a pattern or a password"),
    "wipe_limit_unknown": _("whether a wrong attempt erases the phone is not known"),
    "wipe_limit_near": _("a wrong attempt could make the phone erase itself"),
    "says_yes_to_everything": _("its lock tool says yes to everything"),
    "throttled": _("the phone makes callers wait after wrong attempts"),
    "tried_before": _("it may have been tried already, and a phone counts each try"),
    "connection_lost": _("the connection was lost before the phone answered"),
    "not_sent": _("the PIN was not sent to the station"),
}


@command(_("Ask a phone whether the PIN of the vault still opens it; a wrong one is counted."))
@argument("tag")
@option("--wait", is_flag=True, help=_("Wait for the station, and show what the phone said."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def check(ctx: click.Context, tag: str, *, wait: bool, dry_run: bool, yes: bool) -> None:
    app: App = ctx.obj
    plan = app.client.check_pin(tag, PinCheckIn(dry_run=True))
    if dry_run:
        app.answer(plan, cost(plan), tag=plan.device, why=why(plan.reason))
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(cost(plan), yes=yes, tag=plan.device, why=why(plan.reason))
    done = app.client.check_pin(tag, PinCheckIn())
    ctx.exit(tell(app, waited(app, done)) if wait else _planned(app, done))


def cost(plan: PinCheckOut) -> str:
    if plan.tries_value:
        return _("{tag}: the PIN is tried once. If it is wrong, the phone counts one attempt.")
    return _("{tag}: only what is free is asked, no PIN is tried: {why}.")


def why(reason: str | None) -> str:
    code = reason or ""
    return translated(WHY[code]) if code in WHY else code.replace("_", " ")


def _planned(app: App, done: PinCheckOut) -> int:
    app.answer(done, _("{tag}: its station will ask it."), tag=done.device)
    return 0


def waited(app: App, done: PinCheckOut) -> PinCheckOut:
    goes_on = say("The check goes on without you: workfleet device check {tag}", tag=done.device)
    waiting = Waiting(app, done.device, JobKind.CHECK_PIN, goes_on)
    return waiting.until(lambda: app.client.newest_check(done.device), lambda one: bool(one.result))


def tell(app: App, done: PinCheckOut) -> int:
    """Say what the phone answered, and return the exit code for it."""
    result = done.result or CheckResult.UNCLEAR
    because = f" — {why(done.reason)}" if done.reason else ""
    app.answer(
        done, "{tag}: {result}{because}", tag=done.device, result=label(result), because=because
    )
    if result is CheckResult.REFUSED:
        app.say(
            _("Nothing is lost. What is left: workfleet rotation recover {tag}"), tag=done.device
        )
    return 0 if result is CheckResult.ACCEPTED else NOT_SO
