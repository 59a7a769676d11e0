"""What is out until a day: which day that is, what is due, and a later day for a reason."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.loans import SOON_DAYS, LoanOut, LoanQuery
from fleet.contracts.permissions import Permission
from fleet.custody.errors import LoanNotFound, LoanNotLonger
from fleet.custody.events import LoanExtended
from fleet.custody.issuing import require_to_come
from fleet.custody.models import Holding
from fleet.custody.queries import ref
from fleet.database import write
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import people_within
from fleet.sims.models import Sim

SORTS: Final = {"due_on": Holding.due_on, "issued_at": Holding.issued_at}
IS_LENT: Final = Holding.due_on.is_not(None) & Holding.returned_at.is_(None)


def loans(session: Session, query: LoanQuery, *, actor: Actor) -> tuple[list[Holding], str | None]:
    """Return one page of what is lent within the actor's reach, what is due first in front."""
    within = people_within(actor.reach(Permission.CUSTODY_READ))
    handles = Device.tag, Sim.number, Account.handle
    statement = _joined().where(IS_LENT, within)
    statement = statement.where(containing(query.q, *handles, Employee.number, Employee.name))
    if query.holder:
        statement = statement.where(Employee.number == query.holder)
    if query.name:
        statement = statement.where(or_(*(handle == query.name for handle in handles)))
    if query.soon:
        statement = statement.where(is_soon())
    if query.overdue:
        statement = statement.where(is_overdue())
    return page(session, statement, query, sorts=SORTS, default="due_on", key=Holding.id)


def _joined() -> Select[Any]:
    return (
        select(Holding)
        .join(Holding.employee)
        .outerjoin(Holding.device)
        .outerjoin(Holding.sim)
        .outerjoin(Holding.account)
        .options(
            contains_eager(Holding.employee).joinedload(Employee.department),
            contains_eager(Holding.device),
            contains_eager(Holding.sim),
            contains_eager(Holding.account),
        )
    )


def is_overdue() -> ColumnElement[bool]:
    return IS_LENT & (Holding.due_on < _today())


def is_soon() -> ColumnElement[bool]:
    """Return what holds for loans of which people are reminded: due in a few days, or overdue."""
    return IS_LENT & (Holding.due_on <= _today() + timedelta(days=SOON_DAYS))


def _today() -> date:
    return now().astimezone().date()


def extend(session: Session, loan: str, *, until: date, reason: str, actor: Actor) -> Holding:
    """Lend something for longer."""
    actor.require(Permission.CUSTODY_ISSUE)
    require_to_come(until)
    holding = _held_still(session, loan)
    was = holding.due_on
    if was is None or until <= was:
        raise LoanNotLonger(name=holding.name, due_on=str(was))
    holding.due_on = until
    event = LoanExtended(
        subject_id=holding.id,
        subject_name=masked(holding.name) if holding.thing is Thing.SIM else holding.name,
        holder=holding.employee.number,
        was=was,
        due_on=until,
        reason=reason,
    )
    record(session, actor, event)
    write(session)
    return holding


def loan_within(session: Session, loan: str, *, actor: Actor) -> Holding:
    """Return a loan that is out, within the actor's reach; others do not exist for him."""
    within = people_within(actor.reach(Permission.CUSTODY_READ))
    found = session.scalar(_joined().where(Holding.id == _key(loan), IS_LENT, within))
    if found is None:
        raise LoanNotFound(loan=loan)
    holding: Holding = found
    return holding


def _key(loan: str) -> UUID:
    try:
        return UUID(loan)
    except ValueError:
        raise LoanNotFound(loan=loan) from None


def _held_still(session: Session, loan: str) -> Holding:
    """Return a loan that is out, locked until the commit."""
    found = (
        select(Holding)
        .where(Holding.id == _key(loan), IS_LENT)
        .options(joinedload(Holding.employee))
    )
    held = found.with_for_update(of=Holding).execution_options(populate_existing=True)
    holding = session.scalar(held)
    if holding is None:
        raise LoanNotFound(loan=loan)
    return holding


def shown_loan(holding: Holding) -> LoanOut:
    due = holding.due_on or _today()
    left = (due - _today()).days
    return LoanOut(
        id=str(holding.id),
        thing=holding.thing,
        name=holding.name,
        holder=ref(holding.employee),
        department=holding.employee.department.code,
        issued_at=holding.issued_at,
        due_on=due,
        days_left=left,
        overdue=left < 0,
    )
