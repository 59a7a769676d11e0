"""Who approves an application, by department and day; and what its holder agrees to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from string import Formatter
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.applications import events
from fleet.applications.agreement import text_of
from fleet.applications.errors import (
    ApplicationPolicyInThePast,
    ApproverUnknown,
    CompanyHasItsOwnPolicy,
    NameFormatWrong,
)
from fleet.applications.models import ApplicationPolicy
from fleet.audit.services import record
from fleet.contracts.applications import (
    ApplicationPolicyIn,
    ApplicationPolicyOut,
    ApplicationPolicyQuery,
    ApplicationTermsQuery,
    Term,
)
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.paging import page
from fleet.people.errors import DepartmentNotFound
from fleet.people.in_force import ByDepartment, Place, asked_for, stored
from fleet.people.models import Department, Employee
from fleet.people.queries import department as department_by_code

HEAD: Final = "head"
CLOCK_SLACK: Final = timedelta(minutes=1)
BLANKS: Final = frozenset({"name", "number", "department"})
SORTS: Final = {
    "term": ApplicationPolicy.term,
    "effective_from": ApplicationPolicy.effective_from,
    "set_at": ApplicationPolicy.set_at,
}


@dataclass(frozen=True)
class Terms:
    """`approvers` are asked one after the other; the days are those of each step."""

    approvers: Sequence[str] = (HEAD,)
    decide_days: int = 2
    hold_days: int = 7
    valid_days: int = 30
    name_format: str = "{name}"
    agreement: str | None = None

    def real_name(self, holder: Employee) -> str:
        """Return how somebody's real name is to be written."""
        return self.name_format.format(
            name=holder.name, number=holder.number, department=holder.department.name
        )


STANDARD: Final = Terms()  # where nobody has set any


class Policies(ByDepartment[Term, ApplicationPolicy]):
    def terms(self, term: Term, holder: Employee) -> Terms:
        found = self.version(term, holder.department_id, now())
        return terms_of(found) if found else STANDARD


def policies(session: Session) -> Policies:
    return Policies(*stored(session, ApplicationPolicy, ApplicationPolicy.term))


def terms_of(version: ApplicationPolicy) -> Terms:
    return Terms(
        approvers=tuple(version.approvers),
        decide_days=version.decide_days,
        hold_days=version.hold_days,
        valid_days=version.valid_days,
        name_format=version.name_format,
        agreement=version.agreement,
    )


def place_of(session: Session, approver: str, holder: Employee) -> Department:
    """Return the department whose head is asked first."""
    _head, _colon, code = approver.partition(":")
    return department_by_code(session, code) if code else holder.department


def set_policy(session: Session, given: ApplicationPolicyIn, *, actor: Actor) -> ApplicationPolicy:
    """Add a version; what was applied for before is decided as it began."""
    actor.require(Permission.POLICY_WRITE)
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise ApplicationPolicyInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department_by_code(session, given.department) if given.department else None
    if given.inherits and place is None:
        raise CompanyHasItsOwnPolicy
    _require_sound(session, given)
    base = policies(session).version(given.term, place.id if place else None, begins)
    version = _version(terms_of(base) if base else STANDARD, given, place)
    version.effective_from, version.set_at, version.set_by = begins, moment, actor.name
    session.add(version)
    event = events.ApplicationPolicySet(
        subject_id=version.id,
        subject_name=version.term.value,
        term=version.term,
        department=version.place,
        effective_from=begins,
        reason=version.reason,
    )
    record(session, actor, event)
    write(session)
    return version


def _require_sound(session: Session, given: ApplicationPolicyIn) -> None:
    for approver in given.approvers or ():
        try:
            _head, _colon, code = approver.partition(":")
            if code:
                department_by_code(session, code)
        except DepartmentNotFound:
            raise ApproverUnknown(approver=approver) from None
    if given.name_format is not None and not _is_format(given.name_format):
        raise NameFormatWrong(format=given.name_format)


def _is_format(text: str) -> bool:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return False
    named = {name for _text, name, _spec, _conversion in parts if name is not None}
    plain = all(not spec and not conversion for _text, _name, spec, conversion in parts)
    return plain and "name" in named and named <= BLANKS


def _version(
    base: Terms, given: ApplicationPolicyIn, place: Department | None
) -> ApplicationPolicy:
    names = ("decide_days", "hold_days", "valid_days", "name_format", "agreement")
    said = given.model_dump(include={*names}, exclude_none=True)
    values = {name: said.get(name, getattr(base, name)) for name in names}
    approvers = base.approvers if given.approvers is None else given.approvers
    return ApplicationPolicy(
        id=uuid4(),
        term=given.term,
        department_id=place.id if place else None,
        department=place,
        reason=given.reason,
        inherits=given.inherits,
        approvers=list(approvers),
        **values,
    )


def versions(
    session: Session, query: ApplicationPolicyQuery, *, actor: Actor
) -> tuple[list[ApplicationPolicy], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = asked_for(ApplicationPolicy, ApplicationPolicy.term, query.term, query)
    key = ApplicationPolicy.id
    return page(session, statement, query, sorts=SORTS, default="term", key=key)


def in_force(
    session: Session, query: ApplicationTermsQuery, *, actor: Actor
) -> list[ApplicationPolicyOut]:
    """Return what holds in a department at a moment, for good and for loans."""
    actor.require(Permission.POLICY_READ)
    moment = query.at or now()
    place: Place = department_by_code(session, query.department).id if query.department else None
    every = policies(session)
    found = [(term, every.version(term, place, moment)) for term in Term]
    return [shown_policy(term, one) for term, one in found]


def shown_policy(term: Term, version: ApplicationPolicy | None) -> ApplicationPolicyOut:
    """Return a policy as it is shown; without a version, what came with the product."""
    terms = terms_of(version) if version else STANDARD
    return ApplicationPolicyOut(
        id=str(version.id) if version else None,
        term=term,
        department=version.place if version else None,
        effective_from=version.effective_from if version else None,
        in_force=version is None or version.effective_from <= now(),
        inherits=bool(version and version.inherits),
        set_at=version.set_at if version else None,
        set_by=version.set_by if version else None,
        reason=version.reason if version else None,
        approvers=list(terms.approvers),
        decide_days=terms.decide_days,
        hold_days=terms.hold_days,
        valid_days=terms.valid_days,
        name_format=terms.name_format,
        agreement=text_of(terms.agreement),
    )
