"""`workfleet offboard` and `workfleet leaving …`: an employee leaves, and everything comes back."""

from datetime import date, datetime, timedelta

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column, text_of
from cli.people import DAY
from cli.speaking import argument, command, group, option
from fleet.contracts.cases import HeldOut, LeavingIn, LeavingOut, LeavingQuery, StepOut
from fleet.contracts.clock import now
from fleet.contracts.words import _, say

MONTH = timedelta(days=30)


@command(_("Show what an employee holds and what his leaving needs, and start it."))
@argument("employee")
@option("--by", type=DAY, metavar="DATE", help=_("Last day, like 2026-12-31; in 30 days if not."))
@option("--successor", metavar="NUMBER", help=_("Employee who takes over."))
@option("--plan", "plan_only", is_flag=True, help=_("Show the plan, and start nothing."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def offboard(
    app: App,
    employee: str,
    by: datetime | None,
    successor: str | None,
    *,
    plan_only: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    day = by.date() if by else now().astimezone().date() + MONTH
    body = LeavingIn(employee=employee, by=day, successor=successor, plan_only=True)
    plan = app.client.open_leaving_case(body)
    if plan_only or dry_run:
        app.answer(plan)
        show_case(app, plan)
        app.say(_("Start it? workfleet offboard {number} --by {day}"), number=employee, day=day)
        return
    _start(app, plan, body, yes=yes)


def _start(app: App, plan: LeavingOut, body: LeavingIn, *, yes: bool) -> None:
    show_held(app, plan.held)
    app.confirm(
        _("{name} is marked as leaving by {day}; {steps} steps begin."),
        yes=yes,
        name=text_of(plan.held.employee),
        day=body.by,
        steps=len(plan.steps),
    )
    case = app.client.open_leaving_case(body.model_copy(update={"plan_only": False}))
    app.answer(case, _("{number} is open."), number=case.number)
    show_steps(app, case)


def show_case(app: App, case: LeavingOut) -> None:
    show_held(app, case.held)
    show_steps(app, case)


def show_held(app: App, held: HeldOut) -> None:
    """Say in one line what a person holds."""
    things = [f"{one.tag} ({_seen(one.last_seen_at)})" for one in held.devices]
    things += [say("SIM {number}", number=masked(one.number)) for one in held.sims]
    things += [one.handle for one in held.accounts]
    app.say(
        _("{name} holds: {things}"),
        name=text_of(held.employee),
        things=" · ".join(things) or say("nothing"),
    )


def _seen(moment: datetime | None) -> str:
    return say("last seen {when}", when=text_of(moment)) if moment else say("never seen")


def masked(number: str) -> str:
    """Return a phone number as it may stand on a screen: 139****8810."""
    return number if len(number) < 8 else f"{number[:3]}****{number[-4:]}"


def show_steps(app: App, case: LeavingOut) -> None:
    if case.number:
        app.say(_("Plan {number}: {count} steps"), number=case.number, count=len(case.steps))
    else:
        app.say(_("Plan: {count} steps"), count=len(case.steps))
    if app.for_people and case.steps:
        app.table(case.steps, STEPS, empty="")


def _done(step: StepOut) -> str:
    return f"✓ {label(step.level)}" if step.done else ""


STEPS = (
    Column("", lambda step: step.number, right=True),
    Column(_("What"), lambda step: step.what),
    Column(_("Who"), lambda step: step.who),
    Column(_("By"), lambda step: step.due_on),
    Column(_("Done"), _done, spare=True),
    Column(_("Needs"), lambda step: step.needs, spare=True, long=True),
)


@group(_("Leaving cases."))
def leaving() -> None:
    pass


def _steps_done(case: LeavingOut) -> str:
    return f"{sum(step.done for step in case.steps)}/{len(case.steps)}"


def _by(case: LeavingOut) -> date:
    return case.by


leaving.add_command(
    list_command(
        Listing(
            help=_("List leaving cases."),
            query=LeavingQuery,
            fetch=lambda client, query: client.leaving_cases(query),
            columns=(
                Column(_("Number"), lambda case: case.number),
                Column(_("Employee"), lambda case: case.held.employee),
                Column(_("By"), _by),
                Column(_("State"), lambda case: label(case.state)),
                Column(_("Steps"), _steps_done),
                Column(_("Successor"), lambda case: case.successor and case.successor.name),
            ),
            empty=_("Nobody is leaving."),
            filters={
                "employee": _("Only this employee (number)."),
                "state": _("Only this state: open, closed."),
            },
        )
    )
)


@leaving.command(help=_("Show a leaving case and its steps."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    case = app.client.leaving_case(number)
    app.answer(case)
    show_case(app, case)
