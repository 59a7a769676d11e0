"""Who holds what now, and who held it before."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from fleet.accounts.models import Account
from fleet.contracts.accounts import HoldingSpanOut
from fleet.contracts.custody import HoldingOut, Thing
from fleet.contracts.wire import EmployeeRef
from fleet.custody.models import Certificate, Holding
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.sims.models import Sim

Held = Device | Sim | Account


def thing_of(held: Held) -> Thing:
    kinds = {Device: Thing.DEVICE, Sim: Thing.SIM, Account: Thing.ACCOUNT}
    return kinds[type(held)]


def _is_of(held: Held) -> ColumnElement[bool]:
    columns = {
        Thing.DEVICE: Holding.device_id,
        Thing.SIM: Holding.sim_id,
        Thing.ACCOUNT: Holding.account_id,
    }
    return columns[thing_of(held)] == held.id


def open_holding(session: Session, held: Held) -> Holding | None:
    """Return the holding of a thing that is out, with its holder; None where nobody has it."""
    now_open = select(Holding).where(_is_of(held), Holding.returned_at.is_(None))
    return session.scalar(now_open.options(joinedload(Holding.employee)))


def held_by(session: Session, employee: Employee) -> list[Holding]:
    """Return everything a person holds, oldest first."""
    mine = select(Holding).where(Holding.employee_id == employee.id, Holding.returned_at.is_(None))
    beside = (Holding.device, Holding.sim, Holding.account, Holding.employee)
    loaded = mine.options(*(joinedload(relation) for relation in beside))
    return list(session.scalars(loaded.order_by(Holding.issued_at, Holding.id)))


def devices_of(session: Session, employee: Employee) -> list[Device]:
    return [h.device for h in held_by(session, employee) if h.device is not None]


def sims_of(session: Session, employee: Employee) -> list[Sim]:
    return [h.sim for h in held_by(session, employee) if h.sim is not None]


def accounts_of(session: Session, employee: Employee) -> list[Account]:
    return [h.account for h in held_by(session, employee) if h.account is not None]


def holders(session: Session, thing: Thing, ids: Iterable[UUID]) -> dict[UUID, EmployeeRef]:
    """Return who holds each of the things with `ids` now, in one query."""
    column = {
        Thing.DEVICE: Holding.device_id,
        Thing.SIM: Holding.sim_id,
        Thing.ACCOUNT: Holding.account_id,
    }[thing]
    found = (
        select(column, Employee.number, Employee.name)
        .join(Employee, Employee.id == Holding.employee_id)
        .where(column.in_(list(ids)), Holding.returned_at.is_(None))
    )
    rows = session.execute(found)
    return {key: EmployeeRef(number=number, name=name) for key, number, name in rows if key}


def history(session: Session, held: Held) -> list[HoldingSpanOut]:
    """Return who held a thing, from when until when, oldest first."""
    all_of_it = select(Holding).where(_is_of(held)).options(joinedload(Holding.employee))
    rows = session.scalars(all_of_it.order_by(Holding.issued_at, Holding.id))
    return [
        HoldingSpanOut(
            holder=ref(row.employee), issued_at=row.issued_at, returned_at=row.returned_at
        )
        for row in rows
    ]


def certificate_since(session: Session, device: Device, moment: datetime) -> Certificate | None:
    """Return the paper with which a phone was accepted at `moment` or after it."""
    of_it = select(Certificate).where(
        Certificate.device_id == device.id, Certificate.accepted_at >= moment
    )
    return session.scalar(of_it.order_by(Certificate.accepted_at).limit(1))


def ref(employee: Employee) -> EmployeeRef:
    return EmployeeRef(number=employee.number, name=employee.name)


def shown_holding(holding: Holding) -> HoldingOut:
    return HoldingOut(
        thing=holding.thing,
        name=holding.name,
        holder=ref(holding.employee),
        issued_at=holding.issued_at,
        returned_at=holding.returned_at,
    )
