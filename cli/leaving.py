"""`workfleet offboard` and `workfleet leaving …`: employees leave, and everything comes back."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli import exits
from cli.case_views import begin, show_case
from cli.cases import case_listing
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import list_command
from cli.output import Column
from cli.people import DAY
from cli.speaking import argument, command, group, option
from fleet.contracts.cases import CaseKind, LeaverIn, LeaversIn, LeavingIn
from fleet.contracts.clock import today
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from fleet.contracts.cases import LeaverOut, LeaversOut, LeaversReadOut

MONTH: Final = timedelta(days=30)
FIRST: Final = 50  # lines that a screen shows


@command(_("Show what an employee holds and what his leaving needs, and start it."))
@argument("employee", required=False)
@option("--by", type=DAY, metavar="DATE", help=_("Last day, like 2026-12-31; in 30 days if not."))
@option("--successor", metavar="NUMBER", help=_("Employee who takes over."))
@option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("A spreadsheet of those who leave: 工号, 离职日期, 接替人工号."),
)
@option("--each", is_flag=True, help=_("Start those that can be, and name the others."))
@option("--plan", "plan_only", is_flag=True, help=_("Show the plan, and start nothing."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
@click.pass_context
def offboard(
    ctx: click.Context,
    app: App,
    employee: str | None,
    by: datetime | None,
    successor: str | None,
    file: Path | None,
    *,
    each: bool,
    plan_only: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    day = by.date() if by else today() + MONTH
    if file is not None:
        ctx.exit(_many(app, file, day, each=each, plan_only=plan_only or dry_run, yes=yes))
    if employee is None:
        raise click.UsageError(say("Name an employee, or a --file of many."))
    body = LeavingIn(employee=employee, by=day, successor=successor)
    hint = say("Start it? workfleet offboard {number} --by {day}", number=employee, day=day)
    open_one = app.client.open_leaving_case
    begin(app, open_one, body, plan_only=plan_only or dry_run, yes=yes, hint=hint)


def _many(app: App, file: Path, day: date, *, each: bool, plan_only: bool, yes: bool) -> int:
    """Look at a file, and start what it names: all or none, or each that can be."""
    content = file.read_bytes()
    read = app.client.read_leavers([content], len(content))
    if not read.rows and not read.remarks:
        app.say(_("The file names nobody."))
        return exits.INVALID
    if not read.rows:
        return _refuse(app, read, [])
    rows = [_row(one.line, one.employee, one.by or day, one.successor) for one in read.rows]
    body = LeaversIn(leavers=rows, each=each, plan_only=True)
    plan = app.client.open_leaving_cases(body)
    if read.remarks:
        return _refuse(app, read, [one for one in plan.rows if one.code])
    ready = sum(one.state == "planned" for one in plan.rows)
    if plan_only or (plan.refused and not each) or not ready:
        app.answer(plan)
        _show_overview(app, plan)
        return exits.CONFLICT if plan.refused else exits.OK
    _show_overview(app, plan)
    app.confirm(_("{count} people are marked as leaving."), yes=yes, count=ready)
    made = app.client.open_leaving_cases(body.model_copy(update={"plan_only": False}))
    app.answer(
        made,
        _("{opened} cases are open; {refused} refused."),
        opened=made.opened,
        refused=made.refused,
    )
    return exits.CONFLICT if made.refused else exits.OK


def _row(line: int, employee: str, by: date, successor: str | None) -> LeaverIn:
    return LeaverIn(line=line, employee=employee, by=by, successor=successor)


def _refuse(app: App, read: "LeaversReadOut", refused: "list[LeaverOut]") -> int:
    """Show all that is wrong at once: what cannot be read, and whom no case can be of."""
    app.table(read.remarks, REMARKS, empty="")
    if refused and app.for_people:
        app.table(refused, ROWS, empty="")
    app.say(_("Nothing was started."))
    return exits.INVALID


def _show_overview(app: App, plan: "LeaversOut") -> None:
    if not app.for_people:
        return
    refused = [one for one in plan.rows if one.code]
    shown = [*refused, *(one for one in plan.rows if not one.code)][:FIRST]
    app.table(shown, ROWS, empty="")
    if len(plan.rows) > len(shown):
        app.say(_("… and {count} more: -o json."), count=len(plan.rows) - len(shown))
    show_blocks_and_capacity(app, plan)
    app.say(
        _("{count} rows, {refused} refused, about {minutes} minutes at stations."),
        count=len(plan.rows),
        refused=plan.refused,
        minutes=sum(one.minutes for one in plan.rows),
    )


def show_blocks_and_capacity(app: App, plan: "LeaversOut") -> None:
    from cli.cases import BLOCKS, CAPACITY

    if plan.capacity:
        app.say(_("At stations, day by day:"))
        app.table(plan.capacity[:FIRST], CAPACITY, empty="")
    if plan.blocks:
        app.say(_("Waiting for:"))
        app.table(plan.blocks[:FIRST], BLOCKS, empty="")


REMARKS: Final = (
    Column(_("Line"), lambda one: one.line, right=True),
    Column(_("What is so"), lambda one: one.message, long=True),
    Column(_("What to do"), lambda one: one.advice, long=True),
)
ROWS: Final = (
    Column(_("Line"), lambda one: one.line or "", right=True),
    Column(_("Employee"), lambda one: one.employee),
    Column(_("Name"), lambda one: one.name),
    Column(_("By"), lambda one: one.by),
    Column("", lambda one: "✗" if one.code else label(one.state)),
    Column(_("Case"), lambda one: one.number, spare=True),
    Column(_("Steps"), lambda one: one.steps, right=True),
    Column(_("Minutes"), lambda one: one.minutes, right=True),
    Column(_("What is so"), lambda one: one.message, spare=True, long=True),
    Column(_("What to do"), lambda one: one.advice, spare=True, long=True),
)


@group(_("Leaving cases: as `workfleet case`, of those who leave."))
def leaving() -> None:
    pass


leaving.add_command(
    list_command(case_listing(_("List leaving cases."), CaseKind.LEAVING, _("Nobody is leaving.")))
)


@leaving.command(help=_("Show a leaving case and its steps."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    case = app.client.case(number)
    app.answer(case)
    show_case(app, case)
