"""`workfleet case …`: what is to be done for people who leave, move, join or have lost a thing."""

from datetime import datetime
from typing import Any, Final

import click

from cli.case_views import STEPS, begin, show_case
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import Column
from cli.people import DAY
from cli.speaking import Option, argument, group, option
from fleet.contracts.cases import (
    CapacityQuery,
    CaseKind,
    CaseOut,
    CaseQuery,
    CaseReasonIn,
    HandingOnIn,
    LadderIn,
    LadderQuery,
    LossIn,
    ReopenIn,
    RungIn,
    RungTo,
    StepIn,
    SuccessorIn,
    WaiveIn,
)
from fleet.contracts.words import _, say

NUMBER: Final = argument("number")
AT: Final[dict[str, Any]] = {"type": click.DateTime(), "callback": moment, "metavar": "DAY"}
KINDS: Final = click.Choice([kind.value for kind in CaseKind])


@group(_("Cases: leaving, transfer, swap, loss, joining, handing an account on."))
def case() -> None:
    pass


def _waits_for(one: CaseOut) -> str:
    """Say who has to do what can be done now."""
    return ", ".join(dict.fromkeys(step.who for step in one.steps if step.ready))


def case_listing(text: str, kind: CaseKind | None, empty: str) -> Listing[CaseQuery]:
    """Return the list of cases, of one kind or all."""
    named = {
        "state": _("Only this state: open, closed, cancelled."),
        "employee": _("Only this employee (number)."),
        "department": _("Only this department and those beneath it (its code)."),
    }
    of_kind = {} if kind else {"kind": _("Only this kind.")}
    told = {"kind": kind} if kind else {}
    return Listing(
        help=text,
        query=CaseQuery,
        fetch=lambda client, query: client.cases(query.model_copy(update=told)),
        columns=(
            Column(_("Number"), lambda one: one.number),
            Column(_("What"), lambda one: label(one.kind)),
            Column(_("Employee"), lambda one: one.held.employee),
            Column(_("By"), lambda one: one.by),
            Column(_("State"), lambda one: label(one.state)),
            Column(_("Steps"), lambda one: one.progress),
            Column(_("Waiting for"), _waits_for, long=True),
            Column(_("Successor"), lambda one: one.successor and one.successor.name, spare=True),
        ),
        empty=empty,
        filters={**of_kind, **named},
        flags={"overdue": _("Only those open past their day.")},
    )


case.add_command(list_command(case_listing(_("List cases."), None, _("No case fits."))))


@case.command(help=_("Show a case: its steps, who does them by when, and what happens if not."))
@NUMBER
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.case(number)
    app.answer(one)
    app.say(
        _("{number}: {kind}, {state}, by {day}."),
        number=one.number,
        kind=label(one.kind),
        state=label(one.state),
        day=one.by,
    )
    if one.reason:
        app.say(_("Why: {reason}"), reason=one.reason)
    show_case(app, one)


@case.command("next", help=_("Show what can be done now, and how."))
@NUMBER
@pass_app
def next_(app: App, number: str) -> None:
    one = app.client.case(number)
    ready = [step for step in one.steps if step.ready]
    if not app.for_people:
        app.table(ready, STEPS, empty="")
        return
    if not ready:
        app.say(_("Nothing of {number} waits to be done."), number=one.number)
    for step in ready:
        app.say(
            _("{step}. {what} ({who}, by {day})"),
            step=step.number,
            what=step.what,
            who=step.who,
            day=step.due_on,
        )
        app.line(f"   {step.how}" if step.how else "")


@case.command(help=_("Say that a step is done which no proof can show: level declared."))
@NUMBER
@argument("step", type=int)
@option("--note", required=True, metavar="TEXT", help=_("How it is known; never a password."))
@pass_app
def do(app: App, number: str, step: int, note: str) -> None:
    one = app.client.do_step(number, step, StepIn(note=note))
    _answer(app, one, _("Step {step} of {number} is done; {open} still open."), step)


def _answer(app: App, one: CaseOut, text: str, step: int) -> None:
    still = sum(not each.done for each in one.steps)
    app.answer(one, text, step=step, number=one.number, open=still)


@case.command(help=_("Let a step be, for a reason; or ask those who may."))
@NUMBER
@argument("step", type=int)
@WHY
@option("--ask", is_flag=True, help=_("Ask those who may waive it."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def waive(app: App, number: str, step: int, reason: str, *, ask: bool, yes: bool) -> None:
    if not ask:
        app.confirm(
            _("Step {step} of {number} is let be; the papers will say so."),
            yes=yes,
            step=step,
            number=number,
        )
    one = app.client.waive_step(number, step, WaiveIn(reason=reason, ask=ask))
    done = _("Step {step} of {number} is waived; {open} still open.")
    asked = _("It is asked for; whoever may waive it sees it in `workfleet task list`.")
    _answer(app, one, asked if ask else done, step)


@case.command(help=_("End a case that is not to be: what it began is taken back, or named."))
@NUMBER
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def cancel(app: App, number: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    foreseen = app.client.cancel_case(number, CaseReasonIn(reason=reason, dry_run=True))
    if dry_run:
        app.answer(foreseen)
    _tell(app, foreseen.undone, foreseen.left)
    if dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(_("{number} ends here."), yes=yes, number=number)
    done = app.client.cancel_case(number, CaseReasonIn(reason=reason))
    app.answer(done, _("{number} is cancelled."), number=number)
    new = [text for text in done.undone if text not in foreseen.undone]
    _tell(app, new, [text for text in done.left if text not in foreseen.left])


def _tell(app: App, undone: list[str], left: list[str]) -> None:
    for text in undone:
        app.line(f"✓ {text}")
    for text in left:
        app.line(f"! {text}")


@case.command(help=_("Begin a cancelled case again, or have steps of one done once more."))
@NUMBER
@WHY
@option("--step", "steps", type=int, multiple=True, help=_("A step to be done again; repeat it."))
@pass_app
def reopen(app: App, number: str, reason: str, steps: tuple[int, ...]) -> None:
    one = app.client.reopen_case(number, ReopenIn(reason=reason, steps=list(steps)))
    app.answer(one, _("{number} is open."), number=one.number)
    show_case(app, one)


@case.command(help=_("Name somebody else who takes over."))
@NUMBER
@option("--to", required=True, metavar="NUMBER", help=_("Employee number of who takes over."))
@pass_app
def successor(app: App, number: str, to: str) -> None:
    one = app.client.name_successor(number, SuccessorIn(successor=to))
    name = one.successor.name if one.successor else ""
    app.answer(one, _("{name} takes over in {number}."), name=name, number=one.number)


@case.command(help=_("Show what has happened to a case."))
@NUMBER
@pass_app
def history(app: App, number: str) -> None:
    app.table(app.client.case_history(number).items, EVENTS, empty=_("Nothing has happened."))


def _details(one: Any) -> str:
    told = {key: value for key, value in one.details.items() if key not in {"kind", "employee"}}
    said = {key: _listed(value) for key, value in told.items()}
    return ", ".join(f"{key} {value}" for key, value in said.items() if value not in (None, ""))


def _listed(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value


EVENTS: Final = (
    Column(_("When"), lambda one: one.at),
    Column(_("Who"), lambda one: one.by),
    Column(_("What"), lambda one: one.event),
    Column(_("Details"), _details, long=True),
)
CAPACITY: Final = (
    Column(_("Day"), lambda one: one.day),
    Column(_("Station"), lambda one: one.station or say("any")),
    Column(_("Steps"), lambda one: one.steps, right=True),
    Column(_("Minutes"), lambda one: one.minutes, right=True),
    Column(_("Room"), lambda one: one.capacity, right=True),
    Column("", lambda one: say("TOO MUCH") if one.over else "", spare=True),
)
BLOCKS: Final = (
    Column(_("Who"), lambda one: one.who),
    Column(_("Steps"), lambda one: one.steps, right=True),
    Column(_("Overdue"), lambda one: one.overdue, right=True),
    Column(_("Cases"), lambda one: ", ".join(one.cases), spare=True, long=True),
)


@case.command(help=_("Show the minutes that cases need of stations, by day, and whether they fit."))
@option("--until", type=DAY, metavar="DATE", help=_("No day after this one."))
@option("--over", is_flag=True, help=_("Only where there is more than fits."))
@pass_app
def capacity(app: App, until: datetime | None, *, over: bool) -> None:
    query = CapacityQuery(until=until.date() if until else None, over=over)
    app.table(app.client.case_capacity(query).items, CAPACITY, empty=_("Nothing is planned."))


@case.command(help=_("Show for whom cases wait."))
@pass_app
def blocked(app: App) -> None:
    app.table(app.client.case_blocks().items, BLOCKS, empty=_("Nobody is waited for."))


@case.command(help=_("Have an account handed on by three: who gives, who takes over, a witness."))
@argument("handle")
@option("--to", required=True, metavar="NUMBER", help=_("Employee number of the receiver."))
@option("--by", type=DAY, required=True, metavar="DATE", help=_("Last day, like 2026-12-31."))
@option("--witness", metavar="NUMBER", help=_("Who sees it; the receiver's head when left out."))
@option("--registrant-seen", is_flag=True, help=_("You have seen who registered it first."))
@option("--plan", "plan_only", is_flag=True, help=_("Show the plan, and start nothing."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def reassign(
    app: App,
    handle: str,
    to: str,
    by: datetime,
    witness: str | None,
    *,
    registrant_seen: bool,
    plan_only: bool,
    yes: bool,
) -> None:
    body = HandingOnIn(
        account=handle,
        to=to,
        by=by.date(),
        witness=witness,
        registrant_seen=registrant_seen or plan_only,
    )
    hint = say("Start it? Leave --plan out.")
    open_one = app.client.open_reassignment_case
    begin(app, open_one, body, plan_only=plan_only, yes=yes, hint=hint)


@case.command(help=_("Open the case of a loss that was reported before there were such cases."))
@argument("incident")
@option("--by", type=DAY, metavar="DATE", help=_("Last day; a week after the report if not."))
@option("--plan", "plan_only", is_flag=True, help=_("Show the plan, and start nothing."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def loss(app: App, incident: str, by: datetime | None, *, plan_only: bool, yes: bool) -> None:
    body = LossIn(incident=incident, by=by.date() if by else None)
    hint = say("Start it? Leave --plan out.")
    begin(app, app.client.open_loss_case, body, plan_only=plan_only, yes=yes, hint=hint)


@case.group(help=_("What happens, and to whom, if nothing is done."))
def ladder() -> None:
    pass


def _rungs(one: Any) -> str:
    return " · ".join(f"{rung.days}:{rung.to.value}" for rung in one.rungs)


_ladders = list_command(
    Listing(
        help=_("List what was set: in force now, or every version."),
        query=LadderQuery,
        fetch=lambda client, query: client.case_ladders(query),
        columns=(
            Column(_("What"), lambda one: label(one.kind)),
            Column(_("Department"), lambda one: one.department or say("all")),
            Column(_("Days before: to whom"), _rungs),
            Column(_("From"), lambda one: one.effective_from),
            Column(_("Set by"), lambda one: one.set_by),
            Column(_("Why"), lambda one: one.reason, long=True),
        ),
        empty=_("Nobody has set one: what is shipped holds, and each case shows it."),
        filters={
            "kind": _("Only for this kind."),
            "department": _("Only set for this very department."),
        },
    )
)
_ladders.params += [Option(["--history"], is_flag=True, help=_("Every version."))]
ladder.add_command(_ladders)


class Rung(click.ParamType[Any]):
    """`7:head`: so many days before the last one, and to whom."""

    name = "rung"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        days, _colon, to = str(value).partition(":")
        try:
            return RungIn(days=int(days), to=RungTo(to))
        except ValueError:
            self.fail(say("Write it like 7:head (person, head or clearance)."), param, ctx)


@ladder.command("set", help=_("Add a version, in force from a day on."))
@option("--kind", type=KINDS, required=True, help=_("For which cases."))
@option("--department", metavar="CODE", help=_("In this department and beneath it; all if not."))
@option("--rung", "rungs", type=Rung(), multiple=True, help=_("Like 7:head; may be repeated."))
@option("--from", "begins", help=_("From this day on; at once when left out."), **AT)
@option("--inherit", "inherits", is_flag=True, help=_("The department has none of its own now."))
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def set_(
    app: App,
    kind: str,
    department: str | None,
    rungs: tuple[RungIn, ...],
    begins: datetime | None,
    reason: str,
    *,
    inherits: bool,
    dry_run: bool,
) -> None:
    body = LadderIn(
        kind=CaseKind(kind),
        department=department,
        rungs=list(rungs),
        effective_from=begins,
        reason=reason,
        inherits=inherits,
        dry_run=dry_run,
    )
    made = app.client.set_ladder(body)
    text = _("Nothing was changed: this was a dry run.") if dry_run else _("{kind}: it is set.")
    app.answer(made, text, kind=label(made.kind))
