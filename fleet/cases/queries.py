"""Cases as people read them: what is held, what is done, what is left to do."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.models import AuditEntry
from fleet.cases.carrying import whole
from fleet.cases.drafting import requests_of
from fleet.cases.errors import CaseNotFound
from fleet.cases.ladders import Ladders, ladders, shown_ladder
from fleet.cases.models import Case, Step
from fleet.cases.opening import leaving_of, plan_case
from fleet.cases.standing import Standing, standing
from fleet.cases.steps import BY_WORD, SPECS, Found, found, how, needs, what, who
from fleet.contracts.cases import (
    CaseEventOut,
    CaseKind,
    CaseOut,
    CaseQuery,
    CaseState,
    HeldOut,
    RungTo,
    StepOut,
    StepState,
)
from fleet.contracts.clock import today
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.models import Holding
from fleet.custody.queries import ref
from fleet.custody.register import shown_accounts, shown_devices, shown_sims
from fleet.paging import containing, page
from fleet.people.models import Department, Employee, Status
from fleet.people.queries import beneath, people_within

Listed = TypeVar("Listed")

SORTS = {
    "number": Case.number,
    "by": Case.by,
    "opened_at": Case.opened_at,
    "closed_at": Case.closed_at,
}
# Rooms that know what else a person's going away touches (groups, customers, …), in sentences by
# his id, in a fixed number of questions. Filled by `fleet.wiring`.
TOUCHED: Final[list[Callable[[Session, Sequence[Employee]], Mapping[UUID, list[str]]]]] = []


def case_within(session: Session, number: str, *, actor: Actor) -> Case:
    """Return a case within the actor's reach; others do not exist for him."""
    within = people_within(actor.reach(Permission.CASES_READ))
    of_them = select(Case).join(Case.employee).options(*whole())
    found_one = session.scalar(of_them.where(Case.number == number, within))
    if found_one is None:
        raise CaseNotFound(number=number)
    return found_one


def cases(session: Session, query: CaseQuery, *, actor: Actor) -> tuple[list[CaseOut], str | None]:
    """Return one page of cases, the newest first, and the mark of the next."""
    within = people_within(actor.reach(Permission.CASES_READ))
    statement = select(Case).join(Case.employee).options(*whole())
    named = containing(query.q, Case.number, Employee.number, Employee.name)
    statement = statement.where(within, named, *_narrowed(session, query))
    rows, mark = page(session, statement, query, sorts=SORTS, default="-opened_at", key=Case.id)
    return shown_cases(session, rows), mark


def _narrowed(session: Session, query: CaseQuery) -> list[Any]:
    late = (Case.state == CaseState.OPEN) & (Case.by < today())
    told: list[tuple[object, Any]] = [
        (query.kind, Case.kind == query.kind),
        (query.state, Case.state == query.state),
        (query.employee, Employee.number == query.employee),
        (query.overdue, late),
    ]
    narrowed = [where for given, where in told if given]
    if query.department:
        root = session.scalar(select(Department.id).where(Department.code == query.department))
        there = Employee.department_id.in_(beneath({root})) if root else false()
        narrowed.append(there)
    return narrowed


def plan_leaving(
    session: Session,
    employee: Employee,
    *,
    by: date,
    actor: Actor,
    successor: Employee | None = None,
) -> CaseOut:
    """Return what a leaving case would be, without beginning one."""
    actor.require(Permission.CASES_READ)
    wanted = leaving_of(employee, by=by, successor=successor)
    return shown_case(session, plan_case(session, wanted, actor=actor))


def shown_case(session: Session, case: Case) -> CaseOut:
    (shown,) = shown_cases(session, [case])
    return shown


def shown_cases(session: Session, rows: Sequence[Case]) -> list[CaseOut]:
    """Return cases as they stand now, worked out from the proofs in a fixed number of queries."""
    known = standing(session, rows)
    held = _held(session, [case.employee for case in rows], known)
    every = ladders(session)
    return [_shown(case, held[case.employee.id], known, every) for case in rows]


def _shown(case: Case, held: HeldOut, known: Standing, every: Ladders) -> CaseOut:
    steps = shown_steps(case, known)
    blocked = any(one.to is RungTo.CLEARANCE for one in case.rungs)
    return CaseOut(
        number=case.number,
        kind=case.kind,
        state=case.state,
        held=held,
        by=case.by,
        successor=ref(case.successor) if case.successor else None,
        department=case.department.code if case.department else None,
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
        reason=case.reason,
        steps=steps,
        minutes=sum(one.minutes for one in steps if not one.done),
        ladder=shown_ladder(case, every),
        clearance_blocked=case.state is CaseState.OPEN and blocked,
        warnings=_warnings(case, steps),
    )


def _warnings(case: Case, steps: Sequence[StepOut]) -> list[str]:
    told = _of_a_plan(case) if case.state is CaseState.PLANNED else []
    registrant = case.details.get("registrant")
    if registrant:
        text = _(
            "{handle} was first registered by {registrant}. WeChat's terms give use to its first "
            "registrant; the hand-over by three says so. The number is registered to {owner}."
        )
        owner = case.details.get("number_owner") or say(_("nobody on record"))
        account = case.details["account"]
        told.append(say(text, handle=account, registrant=registrant, owner=owner))
    if case.is_open and case.kind is CaseKind.LEAVING and all(one.done for one in steps):
        told.append(_ends(case, _("Nothing is left to do for {name}.")))
    if case.is_open and case.successor and case.successor.status is not Status.ACTIVE:
        text = _("{name} leaves as well: `workfleet case successor {number} --to EMPLOYEE`.")
        told.append(say(text, name=case.successor.name, number=case.number))
    return told


def _of_a_plan(case: Case) -> list[str]:
    """Say what nobody may have meant."""
    told = []
    if case.by < today():
        text = _("{day} is past: every step is due today.")
        told.append(say(text, day=case.by.isoformat()))
    if case.kind is CaseKind.LEAVING and not case.steps:
        told.append(_ends(case, _("{name} holds nothing.")))
    return told


def _ends(case: Case, why: str) -> str:
    """Say when a leaving ends of which nothing is left to do."""
    name, day = case.employee.name, case.by.isoformat()
    then = _("{name} has left once {day} is over, and the case is closed then.")
    if case.by < today():
        then = _("{name} has left then, and the case is closed.")
    return " ".join((say(why, name=name), say(then, name=name, day=day)))


def shown_steps(case: Case, known: Standing) -> list[StepOut]:
    """Return the steps in the order in which they can be done."""
    stand = {step.number: found(step, known) for step in case.steps}
    return [_step(step, stand) for step in case.steps]


def _step(step: Step, stand: Mapping[int, Found]) -> StepOut:
    spec, stood = SPECS[step.kind], stand[step.number]
    live = step.is_open and not stood.done and step.case.state is not CaseState.CANCELLED
    state = StepState.DONE if step.is_open and stood.done else step.state
    return StepOut(
        number=step.number,
        kind=step.kind,
        what=what(step),
        who=who(step),
        doer=step.doer,
        due_on=step.due_on,
        done=stood.done,
        state=StepState.WAIVED if stood.done and stood.by and _let_be(step, stood) else state,
        level=stood.level,
        needed=step.needed,
        needs=needs(step),
        after=step.after,
        ready=live and all(stand[first].done for first in step.after),
        said=step.kind in BY_WORD,
        overdue=live and step.due_on < today(),
        how=how(step) if live else "",
        minutes=spec.minutes,
        waivable=live and step.waivable is not None,
        waiver_asked_by=step.waiver_asked_by or stood.asked,
        waiver_asked_why=step.waiver_asked_why,
        by=step.by or stood.by,
        at=step.at,
        note=step.note,
        paper=step.paper,
        paper_digest=step.paper_digest,
    )


def _let_be(step: Step, stood: Found) -> bool:
    """Tell whether a check of the gate passed because somebody waived it."""
    return step.is_open and SPECS[step.kind].check is not None and bool(stood.by)


def history(session: Session, number: str, *, actor: Actor) -> list[CaseEventOut]:
    """Return what has happened to a case, oldest first, from the trail."""
    case = case_within(session, number, actor=actor)
    of_it = select(AuditEntry).where(AuditEntry.subject_id == case.id)
    rows = session.scalars(of_it.order_by(AuditEntry.sequence))
    return [
        CaseEventOut(
            at=row.at, by=row.on_behalf or row.actor_name, event=row.event, details=row.details
        )
        for row in rows
    ]


def _held(session: Session, employees: Sequence[Employee], known: Standing) -> dict[UUID, HeldOut]:
    """Return what each of these people holds, by their ids."""
    ids = {employee.id for employee in employees}
    held = {key: known.held.get(key, ()) for key in ids}
    everything = [holding for theirs in held.values() for holding in theirs]
    devices = _by_id(everything, "device", partial(shown_devices, session))
    sims = _by_id(everything, "sim", partial(shown_sims, session))
    accounts = _by_id(everything, "account", partial(shown_accounts, session))
    asked = requests_of(session, ids)
    touched = [find(session, employees) for find in TOUCHED]
    return {
        employee.id: HeldOut(
            employee=ref(employee),
            devices=(phones := _those(devices, held[employee.id], "device")),
            sims=_those(sims, held[employee.id], "sim"),
            accounts=(used := _those(accounts, held[employee.id], "account")),
            requests=asked.get(employee.id, 0),
            unproven=[
                *(one.tag for one in phones if not one.pin.at_least(Level.VERIFIED)),
                *(one.handle for one in used if one.password is Level.NONE),
            ],
            also=[text for found_ones in touched for text in found_ones.get(employee.id, ())],
        )
        for employee in employees
    }


def _by_id(
    holdings: Sequence[Holding], relation: str, show: Callable[[list[Any]], list[Listed]]
) -> dict[UUID, Listed]:
    """Return the things of one kind as they are shown, all of them together, by their ids."""
    things = [thing for holding in holdings if (thing := getattr(holding, relation)) is not None]
    return {thing.id: shown for thing, shown in zip(things, show(things), strict=True)}


def _those(
    shown: Mapping[UUID, Listed], holdings: Sequence[Holding], relation: str
) -> list[Listed]:
    ids = [getattr(holding, f"{relation}_id") for holding in holdings]
    return [shown[key] for key in ids if key is not None]
