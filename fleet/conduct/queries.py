"""Finding violations: those concerned, the heads above them, supervisors and auditors."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor, Reach
from fleet.compliance.models import Finding
from fleet.compliance.queries import sentence_of
from fleet.conduct.errors import ViolationNotFound
from fleet.conduct.models import Violation
from fleet.contracts.permissions import Permission
from fleet.contracts.violations import ViolationOut, ViolationQuery
from fleet.custody.queries import ref
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS = {
    "number": Violation.number,
    "opened_at": Violation.opened_at,
    "decided_at": Violation.decided_at,
}


def violation(session: Session, number: str, *, actor: Actor) -> Violation:
    """Return a violation within the actor's reach; others do not exist for him."""
    reach = actor.reach(Permission.VIOLATIONS_READ)
    return violation_within(session, number, reach)


def violation_within(session: Session, number: str, reach: Reach) -> Violation:
    found = session.scalar(_within(reach).where(Violation.number == number))
    if found is None:
        raise ViolationNotFound(number=number)
    return found


def violations(
    session: Session, query: ViolationQuery, *, actor: Actor
) -> tuple[list[Violation], str | None]:
    """Return one page of violations, the newest first, and the mark of the next."""
    reach = actor.reach(Permission.VIOLATIONS_READ)
    statement = _within(reach).where(
        containing(query.q, Violation.number, Employee.number, Employee.name)
    )
    if query.state:
        statement = statement.where(Violation.state == query.state)
    if query.employee:
        statement = statement.where(Employee.number == query.employee)
    return page(session, statement, query, sorts=SORTS, default="-opened_at", key=Violation.id)


def _within(reach: Reach) -> Select[Violation]:
    of_them = select(Violation).join(Violation.employee).where(people_within(reach))
    beside = joinedload(Violation.finding).joinedload(Finding.device)
    return of_them.options(contains_eager(Violation.employee), beside)


def shown(one: Violation) -> ViolationOut:
    return ViolationOut(
        number=one.number,
        clause=one.clause,
        employee=ref(one.employee),
        device=one.finding.device.tag,
        finding=one.finding.number,
        sentence=sentence_of(one.finding),
        since=one.finding.since,
        opened_at=one.opened_at,
        state=one.state,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        reason=one.reason,
        digest=one.finding.digest,
    )
