"""How a case looks: what is held, its steps, and what happens if nothing is done."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cli.context import App
from cli.labels import label
from cli.output import Column, text_of
from fleet.contracts.accounts import AccountOut
from fleet.contracts.cases import CaseOut, CaseState, HeldOut, StepOut, StepState
from fleet.contracts.clock import now
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from pydantic import BaseModel


NOTHING_TO_DO: Final = _("{number} is closed: nothing was to be done.")


def begin(
    app: App,
    open_one: Callable[[Any], CaseOut],
    body: "BaseModel",
    *,
    plan_only: bool,
    yes: bool,
    hint: str,
) -> None:
    """Show what a case would be; begin it once that was read, unless it is a plan only."""
    plan = open_one(body.model_copy(update={"plan_only": True}))
    if plan_only:
        app.answer(plan)
        show_case(app, plan)
        app.line(hint)
        return
    show_held(app, plan.held)
    show_warnings(app, plan)
    app.confirm(
        _("{kind} of {name} by {day}: {steps} steps begin."),
        yes=yes,
        kind=label(plan.kind),
        name=text_of(plan.held.employee),
        day=plan.by,
        steps=len(plan.steps),
    )
    case = open_one(body)
    text = _("{number} is open.") if case.state is CaseState.OPEN else NOTHING_TO_DO
    app.answer(case, text, number=case.number)
    show_steps(app, case)


def show_case(app: App, case: CaseOut) -> None:
    show_held(app, case.held)
    show_warnings(app, case)
    show_steps(app, case)
    show_ladder(app, case)


def show_held(app: App, held: HeldOut) -> None:
    """Say in one line what a person holds, and what else his going away touches."""
    things = [
        f"{one.tag} ({_seen(one.last_seen_at)}, {_backed_up(one.backup_at)})"
        for one in held.devices
    ]
    things += [say("SIM {number}", number=masked(one.number)) for one in held.sims]
    things += [f"{one.handle} ({_contacts(one)})" for one in held.accounts]
    things += [say("{count} pending requests", count=held.requests)] if held.requests else []
    things += held.also
    app.say(
        _("{name} holds: {things}"),
        name=text_of(held.employee),
        things=" · ".join(things) or say("nothing"),
    )
    if held.unproven:
        app.say(_("Not proven to be the company's: {things}"), things=", ".join(held.unproven))


def _seen(moment: datetime | None) -> str:
    return say("last seen {when}", when=text_of(moment)) if moment else say("never seen")


def _backed_up(moment: datetime | None) -> str:
    if moment is None:
        return say("never backed up")
    days = (now() - moment).days
    return say("last backup {days} days ago", days=days)


def _contacts(account: AccountOut) -> str:
    if account.contacts is None:
        return say("external contacts not counted")
    counted = text_of(account.contacts_on)
    return say("{count} external contacts on {day}", count=account.contacts, day=counted)


def masked(number: str) -> str:
    """Return a phone number as it may stand on a screen: 139****8810."""
    return number if len(number) < 8 else f"{number[:3]}****{number[-4:]}"


def show_warnings(app: App, case: CaseOut) -> None:
    for text in case.warnings:
        app.line(f"! {text}")


def show_steps(app: App, case: CaseOut) -> None:
    people = {step.who for step in case.steps}
    counts = {"count": len(case.steps), "minutes": case.minutes, "people": len(people)}
    if case.number:
        text = _("Plan {number}: {count} steps, {minutes} minutes at a station, {people} at it")
        app.say(text, number=case.number, **counts)
    else:
        app.say(_("Plan: {count} steps, {minutes} minutes at a station, {people} at it"), **counts)
    if app.for_people and case.steps:
        app.table(case.steps, STEPS, empty="")


def show_ladder(app: App, case: CaseOut) -> None:
    if case.clearance_blocked:
        app.say(_("The clearance is blocked; the leaving certificate is not."))
    come = [one for one in case.ladder if one.at]
    later = [one for one in case.ladder if not one.at]
    for one in come:
        app.say(_("{day}: {what} (done)"), day=one.due_on, what=one.what)
    if later and not all(step.done for step in case.steps):
        told = ", ".join(f"{one.due_on} {one.what}" for one in later)
        app.say(_("If nothing is done: {told}."), told=told)


def done(step: StepOut) -> str:
    if step.state is StepState.WAIVED:
        return say("waived by {who}", who=step.by or "—")
    if step.done:
        return " ".join(filter(None, ("✓", label(step.level), step.paper)))
    if step.waiver_asked_by:
        return say("waiver asked for")
    return say("OVERDUE") if step.overdue else ""


def _needs(step: StepOut) -> str:
    first = say("after {numbers}", numbers=", ".join(map(str, step.after)))
    waits = [first] if step.after and not step.ready and not step.done else []
    return " · ".join([*waits, *([step.needs] if step.needs else [])])


STEPS: Final[Sequence[Column]] = (
    Column("", lambda step: step.number, right=True),
    Column(_("What"), lambda step: step.what),
    Column(_("Who"), lambda step: step.who),
    Column(_("By"), lambda step: step.due_on),
    Column(_("Done"), done, spare=True),
    Column(_("Needs"), _needs, spare=True, long=True),
)
