"""Who holds what, for rooms below that ask where a thing belongs: `policies`, `compliance`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.accounts.models import Account
from fleet.compliance.ledger import Holder
from fleet.custody.models import Holding
from fleet.people.models import Employee, Status
from fleet.policies.holders import Opens
from fleet.sims.models import Sim
from fleet.vault.models import Credential

_COLUMNS: Final[tuple[tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]], ...]] = (
    (Credential.device_id, Holding.device_id),
    (Credential.account_id, Holding.account_id),
    (Credential.sim_id, Holding.sim_id),
)


class HeldBy:
    """Reads the open holdings."""

    def departments(self, session: Session, credentials: Sequence[Opens]) -> dict[UUID, UUID]:
        things = self._made_for(session, credentials) | self._of_holders(session, credentials)
        subjects = {one.id: one.device_id or one.account_id or one.sim_id for one in credentials}
        return {key: things[thing] for key, thing in subjects.items() if thing in things}

    def _of_holders(self, session: Session, credentials: Sequence[Opens]) -> dict[UUID, UUID]:
        """Ask for each kind of thing by itself: the index of its open holdings answers."""
        found: dict[UUID, UUID] = {}
        for of_credential, of_holding in _COLUMNS:
            things = {getattr(one, of_credential.key) for one in credentials} - {None}
            if things:
                held = select(of_holding, Employee.department_id).join(Holding.employee)
                here = of_holding.in_(things), Holding.returned_at.is_(None)
                found |= dict(iter(session.execute(held.where(*here))))
        return found

    def _made_for(self, session: Session, credentials: Sequence[Opens]) -> dict[UUID, UUID]:
        accounts = {one.account_id for one in credentials} - {None}
        if not accounts:
            return {}
        of_one = Account.id.in_(accounts), Account.department_id.is_not(None)
        made_for = select(Account.id, Account.department_id).where(*of_one)
        found = session.execute(made_for)
        return {account: place for account, place in found if place is not None}

    def numbers(self, session: Session, devices: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
        """Ask which SIMs are in the phones, and which their holders have beside them."""
        found: dict[UUID, set[str]] = defaultdict(set)
        inside = select(Sim.device_id, Sim.number).where(Sim.device_id.in_(devices))
        phones = select(Holding.device_id, Holding.employee_id).where(
            Holding.device_id.in_(devices), Holding.returned_at.is_(None)
        )
        phone = phones.subquery()
        beside = (
            select(phone.c.device_id, Sim.number)
            .join(Holding, Holding.employee_id == phone.c.employee_id)
            .join(Sim, Sim.id == Holding.sim_id)
            .where(Holding.returned_at.is_(None))
        )
        for device, number in session.execute(inside.union(beside)):
            if device is not None:
                found[device].add(number)
        return {device: tuple(sorted(numbers)) for device, numbers in found.items()}

    def belongs_to(self, departments: Collection[UUID]) -> ColumnElement[bool]:
        """Return what holds for the credentials of what is held in these departments.

        An account that nobody holds belongs to the department that it was made for.
        """
        members = select(Employee.id).where(Employee.department_id.in_(departments))
        open_ones = Holding.returned_at.is_(None)
        held = (
            of_credential.in_(
                select(of_holding).where(
                    open_ones, of_holding.is_not(None), Holding.employee_id.in_(members)
                )
            )
            for of_credential, of_holding in _COLUMNS
        )
        out = select(Holding.account_id).where(open_ones, Holding.account_id.is_not(None))
        made_for = select(Account.id).where(Account.department_id.in_(departments))
        return or_(*held, Credential.account_id.in_(made_for.where(Account.id.not_in(out))))


def holders_of_phones(session: Session, devices: Collection[UUID]) -> dict[UUID, Holder]:
    """Return who has which phone now, with the SIMs that he has: asked by `compliance`."""
    phone = Holding.device_id.in_(devices), Holding.returned_at.is_(None)
    held = select(
        *(Holding.device_id, Holding.issued_at, Employee.id, Employee.number),
        *(Employee.department_id, Employee.status),
    ).join(Holding.employee)
    rows = session.execute(held.where(*phone)).all()
    cards = _cards_of(session, {row.id for row in rows})
    return {
        row.device_id: Holder(
            number=row.number,
            department_id=row.department_id,
            has_left=row.status is Status.LEFT,
            issued_at=row.issued_at,
            cards=frozenset(cards[row.id]),
        )
        for row in rows
    }


def holder_ids(session: Session, devices: Collection[UUID]) -> dict[UUID, UUID]:
    """Return who has which phone now: asked by `backups`."""
    held = Holding.device_id.in_(devices), Holding.returned_at.is_(None)
    rows = session.execute(select(Holding.device_id, Holding.employee_id).where(*held))
    return {device: employee for device, employee in rows if device is not None}


def held_by_others(
    session: Session, device: UUID, holder: UUID | None, since: datetime, until: datetime
) -> bool:
    """Tell whether anybody but `holder` had the phone at some time between the two moments."""
    at_some_time = (
        Holding.device_id == device,
        Holding.issued_at < until,
        or_(Holding.returned_at.is_(None), Holding.returned_at > since),
    )
    others = at_some_time if holder is None else (*at_some_time, Holding.employee_id != holder)
    return session.scalar(select(Holding.id).where(*others).limit(1)) is not None


def _cards_of(session: Session, people: Collection[UUID]) -> defaultdict[UUID, set[str]]:
    held = Holding.employee_id.in_(people), Holding.returned_at.is_(None)
    cards = select(Holding.employee_id, Sim.iccid).join(Sim, Sim.id == Holding.sim_id)
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for person, iccid in session.execute(cards.where(*held)):
        found[person].add(iccid)
    return found
