"""What a stock-take is of: the things in its scope, as the register has them when it begins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.contracts.custody import Thing
from fleet.contracts.stocktakes import StocktakeScope
from fleet.custody.models import Holding
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.people.queries import beneath, department
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.stations.models import Station
from fleet.stations.queries import station_named
from fleet.stocktakes.errors import ScopeUnknown

# What is not there by the register itself is not looked for; where it turns up, it is unexpected.
NOWHERE: Final = {
    Thing.DEVICE: (DeviceState.LOST, DeviceState.RETIRED),
    Thing.SIM: (SimState.CANCELLED,),
}


@dataclass(frozen=True)
class Member:
    """A thing in a scope; `name` is its tag, or its number."""

    thing: Thing
    id: UUID
    name: str
    holder_id: UUID | None


def require_known(session: Session, scope: StocktakeScope) -> None:
    """Refuse words that narrow to nothing because nobody knows them."""
    for code in scope.departments:
        department(session, code)
    for name in scope.stations:
        station_named(session, name)
    for thing in scope.things:
        if thing not in KINDS:
            raise ScopeUnknown(word=thing.value, known=", ".join(KINDS))
    known = {state.value for states in (DeviceState, SimState) for state in states}
    for state in scope.states:
        if state not in known:
            raise ScopeUnknown(word=state, known=", ".join(sorted(known)))


def pool_of(session: Session, scope: StocktakeScope) -> list[Member]:
    """Return everything in a scope by name, one query a kind of thing."""
    found = (member for thing in scope.things for member in _members(session, thing, scope))
    return sorted(found, key=lambda member: member.name)


def are_in(session: Session, scope: StocktakeScope, thing: Thing, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these things are in a scope now."""
    if thing not in scope.things or not ids:
        return set()
    key = KINDS[thing].key
    return {row.id for row in session.execute(_in_scope(session, thing, scope).where(key.in_(ids)))}


def digest_of(names: Sequence[str]) -> str:
    """Return what tells this pool from others: a SHA-256 of its names, one a line."""
    return sha256("\n".join(names).encode()).hexdigest()


@dataclass(frozen=True)
class Kind:
    key: InstrumentedAttribute[UUID]
    name: InstrumentedAttribute[str]
    state: InstrumentedAttribute[Any]
    held: InstrumentedAttribute[UUID | None]
    station: Callable[[], ColumnElement[Any]]


def _place_of_phone() -> ColumnElement[Any]:
    return type_coerce(Device.station_id, Device.station_id.type)


def _place_of_sim() -> ColumnElement[Any]:
    """Return the station of the phone that a SIM was last seen in."""
    place = select(Device.station_id).where(Device.id == Sim.device_id)
    return place.scalar_subquery()


KINDS: Final = {
    Thing.DEVICE: Kind(Device.id, Device.tag, Device.state, Holding.device_id, _place_of_phone),
    Thing.SIM: Kind(Sim.id, Sim.number, Sim.state, Holding.sim_id, _place_of_sim),
}


def _members(session: Session, thing: Thing, scope: StocktakeScope) -> Iterator[Member]:
    for row in session.execute(_in_scope(session, thing, scope)):
        yield Member(thing, row.id, row.name, row.holder_id)


def _in_scope(session: Session, thing: Thing, scope: StocktakeScope) -> Select[Any]:
    kind = KINDS[thing]
    now_open = and_(kind.held == kind.key, Holding.returned_at.is_(None))
    holder = Holding.employee_id.label("holder_id")
    statement: Select[Any] = select(kind.key.label("id"), kind.name.label("name"), holder)
    statement = statement.outerjoin(Holding, now_open).where(kind.state.not_in(NOWHERE[thing]))
    if scope.states:
        known = [state for state in type(NOWHERE[thing][0]) if state.value in scope.states]
        statement = statement.where(kind.state.in_(known))
    if scope.stations:
        places = select(Station.id).where(Station.name.in_(scope.stations))
        statement = statement.where(kind.station().in_(places))
    if scope.departments:
        roots = [department(session, code).id for code in scope.departments]
        people = select(Employee.id).where(Employee.department_id.in_(beneath(roots)))
        statement = statement.where(Holding.employee_id.in_(people))
    return statement
