"""A head has somebody else decide in his place for a time."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.models import User
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.people.models import Department, Employee
from fleet.people.queries import employee
from fleet.people.services import require_active
from fleet.requests import events
from fleet.requests.errors import (
    DelegateOfOneself,
    DelegateUnknownHere,
    DelegationNotFound,
    DelegationNotPossible,
    DelegationOver,
    NoDepartmentOfYours,
)
from fleet.requests.models import Delegation


def delegate(
    session: Session,
    number: str,
    *,
    begins_at: datetime | None,
    ends_at: datetime,
    reason: str,
    actor: Actor,
) -> Delegation:
    """Name somebody in service who decides in one's own place, for all one heads."""
    actor.reach(Permission.REQUESTS_DECIDE)
    head = _head(session, actor)
    begins_at = begins_at or now()
    if ends_at <= max(begins_at, now()):
        raise DelegationNotPossible
    to = _able(session, head, number)
    made = Delegation(
        id=uuid4(),
        head=head,
        delegate=to,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=reason,
        made_at=now(),
    )
    session.add(made)
    event = events.DelegationMade(
        subject_id=made.id,
        subject_name=head.number,
        delegate=to.number,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=reason,
    )
    record(session, actor, event)
    write(session)
    return made


def end_delegation(session: Session, name: str, *, actor: Actor) -> Delegation:
    """Decide oneself again, before the delegation ends by its date."""
    actor.reach(Permission.REQUESTS_DECIDE)
    found = _delegation(session, name, actor)
    if found.ended_at is not None or found.ends_at <= now():
        raise DelegationOver(delegation=name)
    found.ended_at, found.ended_by = now(), actor.name
    event = events.DelegationEnded(
        subject_id=found.id, subject_name=found.head.number, delegate=found.delegate.number
    )
    record(session, actor, event)
    write(session)
    return found


def _head(session: Session, actor: Actor) -> Employee:
    """Return who acts, as the head of a department."""
    heads = select(Department.id).where(Department.head_id == actor.employee_id)
    if actor.employee_id is None or session.scalar(heads.limit(1)) is None:
        raise NoDepartmentOfYours
    return session.get_one(Employee, actor.employee_id)


def _able(session: Session, head: Employee, number: str) -> Employee:
    """Return the employee of that number, who can be a delegate of `head`."""
    to = employee(session, number)
    if to.id == head.id:
        raise DelegateOfOneself
    require_active(to)
    user = session.scalar(select(User).where(User.employee_id == to.id, User.active))
    if user is None:
        raise DelegateUnknownHere(number=to.number, name=to.name)
    return to


def _delegation(session: Session, name: str, actor: Actor) -> Delegation:
    """Return one of one's own delegations; others do not exist."""
    try:
        found = session.get(Delegation, UUID(name))
    except ValueError:
        found = None
    if found is None or found.head_id != actor.employee_id:
        raise DelegationNotFound(delegation=name)
    return found
