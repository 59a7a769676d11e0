"""Hundreds of people leave: looked at all together, opened all or none, or each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.cases.capacity import blocked, demanded
from fleet.cases.drafting import background
from fleet.cases.errors import (
    CaseOpen,
    LeaversRefused,
    LeaverTwice,
    LeavesOnAnotherDay,
    SuccessorLeavesToo,
)
from fleet.cases.models import Case
from fleet.cases.opening import Wanted, draft, leaving_of, open_cases, require_near
from fleet.cases.standing import Standing, standing
from fleet.cases.steps import SPECS, found
from fleet.contracts.cases import (
    CaseKind,
    CaseState,
    LeaverIn,
    LeaverOut,
    LeaversIn,
    LeaversOut,
)
from fleet.contracts.permissions import Permission
from fleet.errors import FleetError
from fleet.people.errors import EmployeeNotFound
from fleet.people.models import Employee, Status
from fleet.people.services import require_active
from fleet.vault.tools import Tools


@dataclass
class Row:
    """A line of the file, and what becomes of it."""

    given: LeaverIn
    employee: Employee | None = None
    successor: Employee | None = None
    case: Case | None = None
    refusal: FleetError | None = None
    state: str = "planned"


def leavers(session: Session, tools: Tools, given: LeaversIn, *, actor: Actor) -> LeaversOut:
    """Look at all of them, and open their cases unless it is a plan only.

    Who leaves already by the same day is known, so that a run that was stopped goes on.
    """
    actor.require(Permission.CASES_OPEN)
    rows = _looked_at(session, given.leavers)
    refused = [row for row in rows if row.refusal is not None]
    if not given.plan_only:
        if refused and not given.each:
            raise LeaversRefused(
                refused=len(refused), rows=[_plain(_shown(row, None)) for row in refused]
            )
        planned = [row for row in rows if row.state == "planned"]
        _open(session, tools, planned, each=given.each, actor=actor)
    return _overview(session, tools, rows)


def _looked_at(session: Session, given: Sequence[LeaverIn]) -> list[Row]:
    """Find the people and draft their cases, in a fixed number of queries for all of them."""
    numbers = {one.employee for one in given} | {one.successor for one in given if one.successor}
    named = select(Employee).where(Employee.number.in_(numbers))
    people = {
        one.number: one for one in session.scalars(named.options(joinedload(Employee.department)))
    }
    leaving = {one.employee for one in given}
    known = _known(session, leaving)
    rows = [Row(one, people.get(one.employee)) for one in given]
    seen: set[str] = set()
    for row in rows:
        try:
            _check(row, people, known, leaving, seen)
        except FleetError as refusal:
            row.refusal, row.state = refusal, "refused"
    _draft(session, [row for row in rows if row.state == "planned"])
    return rows


def _known(session: Session, numbers: set[str]) -> dict[str, Case]:
    """Return the cases by which people leave, or move, already; by their numbers.

    Who has left is known as well: a run that was stopped may have led him to his end.
    """
    is_open = and_(Case.state == CaseState.OPEN, Case.open_key.startswith("person:"))
    ended = Case.kind == CaseKind.LEAVING, Case.state == CaseState.CLOSED
    has_left = and_(*ended, Employee.status == Status.LEFT)
    theirs = select(Case).join(Case.employee).where(Employee.number.in_(numbers))
    theirs = theirs.where(or_(is_open, has_left)).options(joinedload(Case.employee))
    found_ones = session.scalars(theirs.order_by(Case.opened_at, Case.id))
    return {case.employee.number: case for case in found_ones}


def _check(
    row: Row,
    people: Mapping[str, Employee],
    known: Mapping[str, Case],
    leaving: set[str],
    seen: set[str],
) -> None:
    given, case = row.given, known.get(row.given.employee)
    if given.employee in seen:
        raise LeaverTwice(number=given.employee)
    seen.add(given.employee)
    if row.employee is None:
        raise EmployeeNotFound(number=given.employee)
    if case is not None:
        _same_or_refused(row, case)
        return
    require_active(row.employee)
    require_near(given.by)
    if given.successor:
        row.successor = _successor(people, given.successor, leaving)


def _same_or_refused(row: Row, case: Case) -> None:
    name = case.employee.name
    if case.kind is not CaseKind.LEAVING:
        raise CaseOpen(number=case.number, name=name, kind=case.kind.value)
    if case.by != row.given.by:
        raise LeavesOnAnotherDay(
            number=row.given.employee, case=case.number, by=case.by.isoformat()
        )
    row.case, row.state = case, "known"


def _successor(people: Mapping[str, Employee], number: str, leaving: set[str]) -> Employee:
    """Return who takes over; refused who leaves, also by another line of the same file."""
    found_one = people.get(number)
    if found_one is None:
        raise EmployeeNotFound(number=number)
    if number in leaving or found_one.status is not Status.ACTIVE:
        raise SuccessorLeavesToo(name=found_one.name)
    return found_one


def _draft(session: Session, rows: Sequence[Row]) -> None:
    known = background(session, [row.employee for row in rows if row.employee])
    for row in rows:
        row.case = draft(session, _wanted(row), known)


def _wanted(row: Row) -> Wanted:
    assert row.employee is not None  # noqa: S101 — who is not found is refused
    return leaving_of(row.employee, by=row.given.by, successor=row.successor)


def _open(session: Session, tools: Tools, rows: Sequence[Row], *, each: bool, actor: Actor) -> None:
    """Open the cases of these together; where one is refused, of each half of them by itself.

    So what is refused is found in a few turns, and the others are opened as if it had not been.
    """
    if not rows:
        return
    try:
        with session.begin_nested():
            opened = open_cases(session, tools, [_wanted(row) for row in rows], actor=actor)
    except FleetError as refusal:
        if len(rows) == 1:
            _refused(rows[0], refusal, each=each)
            return
        half = len(rows) // 2
        _open(session, tools, rows[:half], each=each, actor=actor)
        _open(session, tools, rows[half:], each=each, actor=actor)
        return
    for row, case in zip(rows, opened, strict=True):
        row.case, row.state = case, case.state.value


def _refused(row: Row, refusal: FleetError, *, each: bool) -> None:
    row.refusal, row.state, row.case = refusal, "refused", None
    if not each:
        raise LeaversRefused(refused=1, rows=[_plain(_shown(row, None))]) from None


def _overview(session: Session, tools: Tools, rows: Sequence[Row]) -> LeaversOut:
    cases = [row.case for row in rows if row.case is not None]
    known = standing(session, cases)
    return LeaversOut(
        rows=[_shown(row, known) for row in rows],
        opened=sum(row.state in {"open", "closed"} for row in rows),
        refused=sum(row.refusal is not None for row in rows),
        capacity=demanded(session, tools.settings, cases, known),
        blocks=blocked(cases, known),
    )


def _shown(row: Row, known: Standing | None) -> LeaverOut:
    steps = row.case.steps if row.case is not None and known is not None else []
    left = [one for one in steps if known is not None and not found(one, known).done]
    refusal = row.refusal
    return LeaverOut(
        line=row.given.line,
        employee=row.given.employee,
        name=row.employee.name if row.employee else None,
        by=row.given.by,
        number=row.case.number if row.case is not None else None,
        state=row.state,
        steps=len(steps),
        minutes=sum(SPECS[one.kind].minutes for one in left),
        code=refusal.code if refusal else None,
        message=refusal.sentence() if refusal else None,
        advice=refusal.next_step() if refusal else None,
    )


def _plain(row: LeaverOut) -> dict[str, object]:
    return row.model_dump(mode="json", exclude_none=True)
