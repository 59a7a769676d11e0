"""Who decides: the head of the holder's department or his delegate, then whoever stands above.

A head who cannot decide (there is none, he has left, he has no user, it is his own) is passed over
at once, and each step says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from fleet.access.actor import Actor, HeldRole
from fleet.access.models import RoleGrant, User
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.requests import Desk
from fleet.people.models import Department, Employee, Status
from fleet.people.queries import beneath, line_of
from fleet.requests.models import ChangeRequest, Delegation
from fleet.requests.waiting import Awaiting

NO_HEAD: Final = "no_head"
HEAD_LEFT: Final = "head_left"
OWN: Final = "own"
ASKED: Final = "asked_by_head"
WITHOUT_USER: Final = "head_without_user"
WITHOUT_ROLE: Final = "head_without_role"
LATE: Final = "not_decided_in_time"


@dataclass(frozen=True)
class Hop:
    """A step on the way to who decides; `why` says what was wrong with the step before."""

    desk: Desk
    department: Department
    why: str | None

    def written(self, at: datetime) -> dict[str, Any]:
        return {
            "at": at.isoformat(),
            "desk": self.desk.value,
            "department": self.department.code,
            "why": self.why,
        }


def way_from(
    session: Session,
    department: Department,
    *,
    holder: Employee,
    asker: UUID,
    why: str | None = None,
) -> list[Hop]:
    """Return the steps from the head of `department` up to somebody who can decide."""
    hops = [Hop(Desk.HEAD, department, why)]
    while wrong := cannot_decide(session, hops[-1].department, holder=holder, asker=asker):
        above = step_above(session, hops[-1].department, wrong, holder=holder)
        hops.append(above)
        if above.desk is not Desk.HEAD:
            break
    return hops


def step_above(session: Session, department: Department, why: str, *, holder: Employee) -> Hop:
    """Return who comes after the head of `department`: at the top, those who watch over heads."""
    if department.parent is not None:
        return Hop(Desk.HEAD, department.parent, why)
    watched = why != OWN and _has_supervisor(session, department, holder)
    return Hop(Desk.SUPERVISOR if watched else Desk.SECURITY, department, why)


def cannot_decide(
    session: Session, department: Department, *, holder: Employee, asker: UUID
) -> str | None:
    """Return why the head of a department cannot decide about a request; None where he can."""
    head = department.head
    if head is None:
        return NO_HEAD
    if head.status is Status.LEFT:
        return HEAD_LEFT
    if head.id == holder.id:
        return OWN
    user = session.scalar(select(User).where(User.employee_id == head.id, User.active))
    if user is None:
        return WITHOUT_USER
    if user.id == asker:
        return ASKED
    return None if _is_manager(session, user, department) else WITHOUT_ROLE


def _is_manager(session: Session, user: User, department: Department) -> bool:
    places = {one.department_id for one in user.held(now()) if one.role is Role.MANAGER}
    return bool(places & line_of(session, department.id))


def _has_supervisor(session: Session, department: Department, holder: Employee) -> bool:
    """Tell whether there is a supervisor for this part of the company who is not the holder."""
    moment = now()
    held = (
        RoleGrant.role == Role.SUPERVISOR,
        RoleGrant.ended_at.is_(None),
        or_(RoleGrant.expires_at.is_(None), RoleGrant.expires_at > moment),
        or_(
            RoleGrant.department_id.is_(None),
            RoleGrant.department_id.in_(line_of(session, department.id)),
        ),
    )
    others = or_(User.employee_id.is_(None), User.employee_id != holder.id)
    found = select(User.id).join(User.grants).where(*held, User.active, ~User.break_glass, others)
    return session.scalar(found.limit(1)) is not None


def waiting_for(actor: Actor, table: type[Awaiting] = ChangeRequest) -> ColumnElement[bool]:
    """Return what holds for those that wait for this person's decision: the one rule.

    Nobody decides about his own, nor about what he has asked for on behalf of somebody.
    """
    yours = [
        and_(table.desk == Desk.HEAD, _as_head(actor, table)),
        and_(table.desk == Desk.HEAD, _as_delegate(actor, table)),
        and_(table.desk == Desk.SUPERVISOR, _as_supervisor(actor, table)),
        and_(table.desk == Desk.SECURITY, _holds(actor, Role.SECURITY)),
    ]
    return and_(
        table.waits(),
        table.asked_by_id != actor.id,
        true() if actor.employee_id is None else table.holder_id != actor.employee_id,
        or_(*yours),
    )


def decides(session: Session, one: Awaiting, actor: Actor) -> bool:
    """Tell whether something waits for this person's decision."""
    table = type(one)
    his = select(table.id).where(table.id == one.id, waiting_for(actor, table))
    return session.scalar(his) is not None


def _as_head(actor: Actor, table: type[Awaiting]) -> ColumnElement[bool]:
    places = {one.department_id for one in _held(actor, Role.MANAGER) if one.department_id}
    if actor.employee_id is None or not places:
        return false()
    mine = select(Department.id).where(Department.head_id == actor.employee_id)
    return and_(table.department_id.in_(mine), table.department_id.in_(beneath(places)))


def _as_delegate(actor: Actor, table: type[Awaiting]) -> ColumnElement[bool]:
    if actor.employee_id is None:
        return false()
    heads = select(Delegation.head_id).where(
        Delegation.delegate_id == actor.employee_id, *in_force(now())
    )
    return table.department_id.in_(select(Department.id).where(Department.head_id.in_(heads)))


def in_force(moment: datetime) -> Sequence[ColumnElement[bool]]:
    """Return what holds for the delegations that are in force at a moment."""
    return (
        Delegation.begins_at <= moment,
        Delegation.ends_at > moment,
        Delegation.ended_at.is_(None),
    )


def _as_supervisor(actor: Actor, table: type[Awaiting]) -> ColumnElement[bool]:
    held = _held(actor, Role.SUPERVISOR)
    places = {one.department_id for one in held if one.department_id}
    if any(one.department_id is None for one in held):
        return true()
    return table.department_id.in_(beneath(places)) if places else false()


def _holds(actor: Actor, role: Role) -> ColumnElement[bool]:
    return true() if _held(actor, role) else false()


def _held(actor: Actor, role: Role) -> list[HeldRole]:
    return [one for one in actor.roles if one.role == role]


def delegation_to(session: Session, one: Awaiting, actor: Actor) -> Delegation | None:
    """Return by which delegation somebody decides; None where he decides in his own right."""
    head = one.department.head_id if one.department else None
    if one.desk is not Desk.HEAD or head is None or head == actor.employee_id:
        return None
    his = Delegation.head_id == head, Delegation.delegate_id == actor.employee_id
    return session.scalar(select(Delegation).where(*his, *in_force(now())).limit(1))
