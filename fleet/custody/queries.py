"""Who holds what now, and who held it before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor, Reach
from fleet.accounts.models import Account
from fleet.contracts.accounts import HoldingSpanOut
from fleet.contracts.custody import HoldingOut, Thing
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.custody.models import Certificate, Holding
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.people.models import Employee
from fleet.people.queries import covered, people_within
from fleet.sims.models import Sim

Held = Device | Sim | Account


_COLUMNS: Final[Mapping[type[Held], tuple[Any, Any]]] = {
    Device: (Holding.device_id, Device.id),
    Sim: (Holding.sim_id, Sim.id),
    Account: (Holding.account_id, Account.id),
}


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


def within(reach: Reach, kind: type[Held]) -> ColumnElement[bool]:
    """Return what holds for the things of a kind that somebody within `reach` holds now.

    A thing in stock is nobody's and outside of every reach but the whole company's; an account that
    was made for a department belongs to it all the time.
    """
    if reach.everything:
        return true()
    column, key = _COLUMNS[kind]
    held = select(column).join(Employee, Employee.id == Holding.employee_id)
    mine: ColumnElement[bool] = key.in_(
        held.where(Holding.returned_at.is_(None), people_within(reach))
    )
    if kind is Account and reach.departments:
        return or_(mine, Account.department_id.in_(covered(reach)))
    return mine


def phones_within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the phones within `reach`: asked by `compliance`."""
    return within(reach, Device)


def require_within(
    session: Session, held: Held, permission: Permission, *, refusal: FleetError, actor: Actor
) -> None:
    """Refuse a thing outside of the actor's reach as if it did not exist."""
    reach = actor.reach(permission)
    if reach.everything:
        return
    _column, key = _COLUMNS[type(held)]
    if session.scalar(select(key).where(key == held.id, within(reach, type(held)))) is None:
        raise refusal


def open_holding(session: Session, held: Held) -> Holding | None:
    """Return the holding of a thing that is out, with its holder; None where nobody has it."""
    now_open = select(Holding).where(_is_of(held), Holding.returned_at.is_(None))
    return session.scalar(now_open.options(joinedload(Holding.employee)))


def held_by(session: Session, employee: Employee) -> list[Holding]:
    """Return everything a person holds, oldest first."""
    return held_by_each(session, [employee.id]).get(employee.id, [])


def held_by_each(session: Session, employees: Collection[UUID]) -> dict[UUID, list[Holding]]:
    """Return everything that each of these people holds, oldest first, in one query."""
    theirs = select(Holding).where(
        Holding.employee_id.in_(employees), Holding.returned_at.is_(None)
    )
    found: dict[UUID, list[Holding]] = defaultdict(list)
    for holding in session.scalars(
        theirs.options(*with_its_thing()).order_by(Holding.issued_at, Holding.id)
    ):
        found[holding.employee_id].append(holding)
    return found


def with_its_thing() -> tuple[Any, ...]:
    """Return what loads beside a holding: whose it is, and the thing as a list shows it."""
    return (
        joinedload(Holding.employee),
        joinedload(Holding.device),
        joinedload(Holding.sim).joinedload(Sim.device),
        joinedload(Holding.account).options(
            joinedload(Account.device), joinedload(Account.department)
        ),
    )


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


def history(session: Session, held: Held, *, actor: Actor) -> list[HoldingSpanOut]:
    """Return who held a thing, from when until when, oldest first; those within reach."""
    known = people_within(actor.reach(Permission.CUSTODY_READ))
    all_of_it = select(Holding).join(Holding.employee).where(_is_of(held), known)
    with_holder = all_of_it.options(contains_eager(Holding.employee))
    rows = session.scalars(with_holder.order_by(Holding.issued_at, Holding.id))
    return [
        HoldingSpanOut(
            holder=ref(row.employee), issued_at=row.issued_at, returned_at=row.returned_at
        )
        for row in rows
    ]


def certificates(session: Session, ended: Collection[Holding]) -> dict[UUID, Certificate]:
    """Return, by the ids of holdings that have ended, the paper that each phone came back with."""
    phones = {holding.device_id for holding in ended if holding.device_id}
    of_them = select(Certificate).where(Certificate.device_id.in_(phones))
    papers = session.scalars(of_them.order_by(Certificate.accepted_at)).all()
    found = {holding.id: _first_since(holding, papers) for holding in ended}
    return {key: paper for key, paper in found.items() if paper}


def _first_since(holding: Holding, papers: Iterable[Certificate]) -> Certificate | None:
    since = holding.returned_at
    of_it = (paper for paper in papers if paper.device_id == holding.device_id)
    return next((paper for paper in of_it if since and paper.accepted_at >= since), None)


def ref(employee: Employee) -> EmployeeRef:
    return EmployeeRef(number=employee.number, name=employee.name)


def shown_holding(holding: Holding) -> HoldingOut:
    return HoldingOut(
        thing=holding.thing,
        name=holding.name,
        holder=ref(holding.employee),
        issued_at=holding.issued_at,
        returned_at=holding.returned_at,
        due_on=holding.due_on,
    )
