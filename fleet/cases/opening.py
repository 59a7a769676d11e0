"""Planning and opening cases: one draft, which a plan shows and an opening stores and begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.cases import events
from fleet.cases.carrying import carry_on
from fleet.cases.drafting import Background, background, drafted
from fleet.cases.errors import (
    CaseOpen,
    DayLongPast,
    NobodyHoldsIt,
    NoLoss,
    RegistrantNotTold,
    ReplacementNotFree,
    SameDepartment,
    SuccessorLeavesToo,
)
from fleet.cases.kinds import KINDS, Kind
from fleet.cases.lifecycle import Move, StepMove
from fleet.cases.models import Case, Step
from fleet.cases.signed import note_signed_before
from fleet.contracts.accounts import AccountKind
from fleet.contracts.cases import CaseKind, CaseState, CaseStepKind, Office, StepState
from fleet.contracts.clock import now, today
from fleet.contracts.incidents import IncidentKind
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.counting import next_numbers
from fleet.custody.queries import open_holding
from fleet.database import write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.incidents.models import Incident
from fleet.people.models import Department, Employee, Status
from fleet.people.queries import all_held_still
from fleet.people.services import require_active
from fleet.sims.models import Sim
from fleet.vault.tools import Tools

LOSSES: Final = frozenset({IncidentKind.LOST, IncidentKind.STOLEN})
SOON: Final = timedelta(days=7)
LATE: Final = timedelta(days=90)  # who stayed away is reported late


@dataclass(frozen=True)
class Wanted:
    """Of which kind, for whom and by when; the rest is of its kind."""

    kind: CaseKind
    employee: Employee
    by: date
    successor: Employee | None = None
    department: Department | None = None
    incident: Incident | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def draft(session: Session, wanted: Wanted, known: Background | None = None) -> Case:
    """Return a case with its steps, which is not stored; refused where it cannot be."""
    require_near(wanted.by)
    if wanted.successor is not None:
        _require_stays(wanted.employee, wanted.successor)
    case = Case(
        kind=wanted.kind,
        state=CaseState.PLANNED,
        employee=wanted.employee,
        successor=wanted.successor,
        department=wanted.department,
        incident=wanted.incident,
        by=wanted.by,
        reason=wanted.reason,
        details=dict(wanted.details),
        steps=[],
        rungs=[],
    )
    known = known or background(session, [wanted.employee])
    drafted(session, case, KINDS[wanted.kind].builders, known)
    return case


def require_near(by: date) -> None:
    """Refuse a day that is long past: a slip of the pen, and not what came late to the desk."""
    if by < today() - LATE:
        raise DayLongPast(day=by.isoformat(), days=LATE.days)


def _require_stays(employee: Employee, successor: Employee) -> None:
    if successor.id == employee.id or successor.status is not Status.ACTIVE:
        raise SuccessorLeavesToo(name=successor.name)


def refuse_second(session: Session, cases: Sequence[Case]) -> None:
    """Refuse where a case for the same person or thing as one of these is open."""
    keys = [KINDS[case.kind].key(case) for case in cases]
    known = session.scalar(select(Case).where(Case.open_key.in_(keys)).limit(1))
    if known is not None:
        raise CaseOpen(number=known.number, name=known.employee.name, kind=known.kind.value)


def plan_case(session: Session, wanted: Wanted, *, actor: Actor) -> Case:
    """Return what a case would be, without beginning one."""
    actor.require(Permission.CASES_READ)
    case = draft(session, wanted)
    _refuse(session, [case])
    return case


def _refuse(session: Session, cases: Sequence[Case]) -> None:
    refuse_second(session, cases)
    for case in cases:
        if KINDS[case.kind].for_active:
            require_active(case.employee)
        thing = case.details.get("device") or case.details.get("account")
        if thing and not case.steps:  # it has come back while this waited
            raise NobodyHoldsIt(name=thing)


def open_case(session: Session, tools: Tools, wanted: Wanted, *, actor: Actor) -> Case:
    """Store a case and begin it."""
    actor.require(Permission.CASES_OPEN)
    (case,) = open_cases(session, tools, [wanted], actor=actor)
    return case


def open_cases(
    session: Session, tools: Tools, wanted: Sequence[Wanted], *, actor: Actor
) -> list[Case]:
    """Store cases of one kind and begin them, all or none, in a fixed number of questions."""
    actor.require(Permission.CASES_OPEN)
    people = [one.employee for one in wanted]
    all_held_still(session, people)  # nothing is handed to them meanwhile
    known = background(session, people)
    cases = [draft(session, one, known) for one in wanted]
    _refuse(session, cases)
    kind = KINDS[wanted[0].kind]
    _store(session, kind, cases, actor)
    if kind.ends_others:
        _ended_by(session, cases, actor)
    kind.begin(session, tools, cases, actor)
    for case in cases:
        _rules_done(case)
    write(session)
    for case in cases:
        note_signed_before(session, case, actor=actor)
    carry_on(session, cases, actor=actor)
    return cases


def _store(session: Session, kind: Kind, cases: Sequence[Case], actor: Actor) -> None:
    moment = now()
    numbers = next_numbers(session, f"{kind.counter}.{moment.year}", len(cases))
    for case, number in zip(cases, numbers, strict=True):
        case.id, case.number = uuid4(), f"{kind.prefix}-{moment.year}-{number:03d}"
        case.state, case.open_key = CaseState.OPEN, kind.key(case)
        case.opened_at, case.opened_by = moment, actor.name
        session.add(case)
        opened = events.CaseOpened(
            **case.about,
            by=case.by,
            successor=case.successor.number if case.successor else None,
            steps=len(case.steps),
        )
        record(session, actor, opened)
    write(session)


def _rules_done(case: Case) -> None:
    """Note what the opening itself has done."""
    for step in case.steps:
        if step.kind is CaseStepKind.REQUESTS and step.is_open:
            step.end(StepMove.FINISH, level=Level.VERIFIED, by=SYSTEM.name)


def _ended_by(session: Session, cases: Sequence[Case], actor: Actor) -> None:
    """A leaving takes the place of swaps of the same person; his duties go to the desk."""
    by_whom = {case.employee.id: case.number for case in cases}
    theirs = select(Case).where(
        Case.employee_id.in_(by_whom), Case.state == CaseState.OPEN, Case.kind == CaseKind.SWAP
    )
    loaded = joinedload(Case.employee), selectinload(Case.steps)
    for other in session.scalars(theirs.options(*loaded).order_by(Case.number)).all():
        number = by_whom[other.employee_id]
        other.end(Move.CANCEL, by=number)
        for step in other.steps:
            if step.is_open:
                step.end(StepMove.DROP, level=Level.NONE, by=number)
        record(session, actor, events.CaseCancelled(**other.about, undone=0, left=0))
    duties = (
        select(Step)
        .join(Step.case)
        .where(
            Step.who_id.in_(by_whom),
            Step.state == StepState.OPEN,
            Case.state == CaseState.OPEN,
            Case.id.not_in([case.id for case in cases]),
        )
    )
    for step in session.scalars(duties.options(joinedload(Step.who))).all():
        step.who, step.office = None, Office.DESK
    write(session)


def open_leaving(
    session: Session,
    tools: Tools,
    employee: Employee,
    *,
    by: date,
    actor: Actor,
    successor: Employee | None = None,
) -> Case:
    """Begin the return of everything a person holds, and plan what the stations are to do."""
    actor.require(Permission.CASES_OPEN)
    wanted = leaving_of(employee, by=by, successor=successor)
    return open_case(session, tools, wanted, actor=actor)


def leaving_of(employee: Employee, *, by: date, successor: Employee | None = None) -> Wanted:
    return Wanted(CaseKind.LEAVING, employee, by, successor)


def transfer_of(
    employee: Employee,
    to: Department,
    *,
    by: date,
    successor: Employee | None = None,
    swap: bool = False,
) -> Wanted:
    """Return what a transfer is; refused for who is there already."""
    if employee.department_id == to.id:
        raise SameDepartment(name=employee.name, department=to.code)
    return Wanted(CaseKind.TRANSFER, employee, by, successor, to, details={"swap": swap})


def swap_of(
    session: Session,
    device: Device,
    *,
    by: date,
    replacement: Device | None = None,
    reason: str,
) -> Wanted:
    """Return what a swap is: for repair or for good, another phone takes the place of one."""
    holding = open_holding(session, device)
    if holding is None:
        raise NobodyHoldsIt(name=device.tag)
    if replacement is not None and replacement.state is not State.IN_STOCK:
        raise ReplacementNotFree(tag=replacement.tag, state=replacement.state.value)
    details = {"device": device.tag, "replacement": replacement.tag if replacement else None}
    return Wanted(CaseKind.SWAP, holding.employee, by, reason=reason, details=details)


def loss_of(incident: Incident, *, by: date | None = None) -> Wanted:
    """Return what a loss is: the incident's measures, and what comes after them."""
    if incident.kind not in LOSSES:
        raise NoLoss(incident=incident.number, kind=incident.kind.value)
    if incident.employee is None:
        names = ", ".join(one.name for one in incident.things)
        raise NobodyHoldsIt(name=names)
    day = by or incident.reported_at.astimezone().date() + SOON
    return Wanted(CaseKind.LOSS, incident.employee, day, incident=incident)


def joining_of(
    employee: Employee, *, by: date, phone: bool, sim: bool, accounts: Sequence[AccountKind]
) -> Wanted:
    kinds = [kind.value for kind in dict.fromkeys(accounts)]
    details = {"phone": phone, "sim": sim, "accounts": kinds}
    return Wanted(CaseKind.JOINING, employee, by, details=details)


def handing_on_of(
    session: Session,
    account: Account,
    to: Employee,
    *,
    by: date,
    witness: Employee | None = None,
    registrant_seen: bool = False,
) -> Wanted:
    """Return what a hand-over by three is; whose it was first has to be known to all of them.

    The first registrant and the owner of the number it is bound to go on record.
    """
    holding = open_holding(session, account)
    if holding is None:
        raise NobodyHoldsIt(name=account.handle)
    require_active(to)
    if account.registrant and account.registrant != to.name and not registrant_seen:
        raise RegistrantNotTold(handle=account.handle, registrant=account.registrant)
    third = witness or to.department.head
    owner = select(Sim.registered_owner).where(Sim.number == account.number)
    details = {
        "account": account.handle,
        "registrant": account.registrant,
        "registrant_seen": registrant_seen,
        "number_owner": session.scalar(owner) if account.number else None,
        "witness": third.number if third else None,
    }
    return Wanted(CaseKind.REASSIGNMENT, holding.employee, by, to, details=details)
