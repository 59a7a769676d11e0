"""Finding openings: all of them for those who watch, one's own data's for its holder."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor, Reach
from fleet.backups.models import Backup
from fleet.contracts.clock import now
from fleet.contracts.openings import OpeningOut, OpeningQuery, OpeningState
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.devices.models import Device
from fleet.openings.errors import OpeningNotFound
from fleet.openings.models import Opening
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS: Final = {
    "number": Opening.number,
    "asked_at": Opening.asked_at,
    "until": Opening.until,
    "last_fetched_at": Opening.last_fetched_at,
}


def opening(session: Session, number: str, *, actor: Actor) -> Opening:
    """Return an opening within the actor's reach; others do not exist for him."""
    reach = actor.reach(Permission.OPENINGS_READ)
    return _named(session, _within(reach), number)


def opening_of(session: Session, number: str) -> Opening:
    """Return the opening with a number, for a verb that asks who may."""
    return _named(session, select(Opening), number)


def openings(
    session: Session, query: OpeningQuery, *, actor: Actor
) -> tuple[list[Opening], str | None]:
    """Return one page of openings, the newest first, and the mark of the next."""
    statement = _within(actor.reach(Permission.OPENINGS_READ)).where(
        containing(
            query.q, Opening.number, Opening.asked_by, Backup.number, Device.tag, Employee.name
        ),
        *_asked(query),
    )
    if query.state:
        statement = statement.where(Opening.stands(Opening.state, query.state))
    if query.mine:
        statement = statement.where(Opening.asked_by_id == actor.id)
    return page(session, statement, query, sorts=SORTS, default="-asked_at", key=Opening.id)


def in_force(session: Session, backups: Collection[UUID]) -> dict[UUID, str]:
    """Return, by their ids, which of these backups somebody may read now: the opening's number."""
    approved = Opening.state == OpeningState.APPROVED, Opening.until > now()
    of_them = select(Opening.backup_id, Opening.number).where(Opening.backup_id.in_(backups))
    rows = session.execute(of_them.where(*approved))
    return {key: number for key, number in rows if key is not None}


def shown(one: Opening) -> OpeningOut:
    backup = one.backup
    holder = backup.holder if backup else None
    derived = {
        "backup": backup.number if backup else None,
        "device": backup.device.tag if backup else None,
        "holder": EmployeeRef.model_validate(holder) if holder else None,
        "state": one.standing(now()),
    }
    names = OpeningOut.model_fields.keys() - derived.keys()
    return OpeningOut(**{name: getattr(one, name) for name in names}, **derived)


def _named(session: Session, statement: Select[Opening], number: str) -> Opening:
    found = session.scalar(statement.where(Opening.number == number))
    if found is None:
        raise OpeningNotFound(number=number)
    return found


def _within(reach: Reach) -> Select[Opening]:
    statement = (
        select(Opening)
        .outerjoin(Opening.backup)
        .outerjoin(Backup.device)
        .outerjoin(Backup.holder)
        .where(people_within(reach))
    )
    of_it = contains_eager(Opening.backup)
    return statement.options(
        of_it, of_it.contains_eager(Backup.device), of_it.contains_eager(Backup.holder)
    )


def _asked(query: OpeningQuery) -> list[ColumnElement[bool]]:
    wanted: dict[Any, Any] = {
        Opening.purpose: query.purpose,
        Backup.number: query.backup,
        Device.tag: query.device,
        Employee.number: query.holder,
    }
    return [column == value for column, value in wanted.items() if value is not None]
