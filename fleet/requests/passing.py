"""How what waits for a decision stands with somebody, and is passed on where he does not decide."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from fleet.access.models import User
from fleet.contracts.clock import now
from fleet.contracts.requests import Desk
from fleet.contracts.words import _, say
from fleet.people.models import Department, Employee, Status
from fleet.requests.routing import LATE, Hop, step_above, way_from
from fleet.requests.waiting import Awaiting

Waiting = TypeVar("Waiting", bound=Awaiting)


def stand_at(one: Awaiting, way: Sequence[Hop]) -> None:
    """Let it wait for the last step of the way, as long as each may take."""
    moment = now()
    one.desk, one.department = way[-1].desk, way[-1].department
    one.decide_by = moment + timedelta(days=one.days)
    one.way = [*one.way, *(hop.written(moment) for hop in way)]


def stuck(table: type[Waiting]) -> Select[Waiting]:
    """Select what heads have not decided in time, or what waits for one who is not there."""
    head = select(Employee.id).where(Employee.status != Status.LEFT)
    known = select(User.employee_id).where(User.active, User.employee_id.is_not(None))
    vacant = Department.head_id.is_(None) | ~(
        Department.head_id.in_(head) & Department.head_id.in_(known)
    )
    return (
        select(table)
        .join(table.department)
        .where(table.waits(), table.desk == Desk.HEAD, or_(table.decide_by <= now(), vacant))
        .order_by(table.decide_by, table.id)
        .with_for_update(of=table, skip_locked=True)
    )


def passed_on(session: Session, one: Awaiting) -> list[Hop]:
    """Let it wait for whoever comes next, and return the steps to him."""
    place, holder = one.department, one.holder
    if place is None:
        return []
    asker = one.asked_by_id
    way = way_from(session, place, holder=holder, asker=asker)[1:]
    if not way:
        first = step_above(session, place, LATE, holder=holder)
        way = [first]
        if first.desk is Desk.HEAD:
            way = way_from(session, first.department, holder=holder, asker=asker, why=LATE)
    stand_at(one, way)
    return way


def waits_for(one: Awaiting) -> str:
    """Say who decides."""
    place = one.department
    if one.desk is Desk.HEAD and place is not None:
        name = place.head.name if place.head else "—"
        return say(_("{name}, head of {department}"), name=name, department=place.code)
    return say(_OFFICES[one.desk or Desk.SECURITY])


_OFFICES: Final = {
    Desk.HEAD: _("the head"),
    Desk.SUPERVISOR: _("the supervisors"),
    Desk.SECURITY: _("the security officer"),
}
