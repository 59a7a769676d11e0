"""Finding stock-takes, and how each thing stands in one.

A phone that a station has seen since the stock-take began is found: nobody has to count it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fleet.access.actor import Actor
from fleet.contracts.clock import today
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import (
    DifferenceQuery,
    FoundHow,
    Result,
    StocktakeCountsOut,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
    StocktakeQuery,
    StocktakeScope,
    StocktakeState,
)
from fleet.contracts.wire import EmployeeRef
from fleet.custody.queries import ref
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.stations.models import Station
from fleet.stocktakes.errors import StocktakeNotFound
from fleet.stocktakes.models import Stocktake, StocktakeItem

SORTS: Final = {
    "number": Stocktake.number,
    "planned_at": Stocktake.planned_at,
    "closed_at": Stocktake.closed_at,
}
ITEM_SORTS: Final = {
    "name": StocktakeItem.name,
    "found_at": StocktakeItem.found_at,
    "due_on": StocktakeItem.due_on,
}
COUNTED: Final = (StocktakeState.CLOSED, StocktakeState.SIGNED)

seen_since: Final = and_(
    Stocktake.state == StocktakeState.OPEN,
    StocktakeItem.expected,
    Device.last_seen_at >= Stocktake.began_at,
)
_is_found: Final = or_(StocktakeItem.found_at.is_not(None), seen_since)
_result: Final = case(
    (~StocktakeItem.expected, Result.UNEXPECTED.value),
    (_is_found, Result.FOUND.value),
    (Stocktake.state.in_(COUNTED), Result.MISSING.value),
    else_=Result.TO_FIND.value,
)
_is_difference: Final = and_(
    Stocktake.state.in_(COUNTED), or_(~StocktakeItem.expected, StocktakeItem.found_at.is_(None))
)


def stocktake(session: Session, number: str, *, actor: Actor) -> Stocktake:
    actor.require(Permission.STOCKTAKES_READ)
    return numbered(session, number)


def numbered(session: Session, number: str) -> Stocktake:
    found = session.scalar(select(Stocktake).where(Stocktake.number == number))
    if found is None:
        raise StocktakeNotFound(number=number)
    return found


def held_still(session: Session, number: str) -> Stocktake:
    """Return a stock-take as it is now, held until the commit: two who count take turns."""
    wanted = select(Stocktake).where(Stocktake.number == number).with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise StocktakeNotFound(number=number)
    return found


def stocktakes(
    session: Session, query: StocktakeQuery, *, actor: Actor
) -> tuple[list[StocktakeOut], str | None]:
    """Return one page of stock-takes, the newest first, and the mark of the next."""
    actor.require(Permission.STOCKTAKES_READ)
    statement = select(Stocktake).where(
        containing(query.q, Stocktake.number, Stocktake.note, Stocktake.planned_by)
    )
    if query.state:
        statement = statement.where(Stocktake.state == query.state)
    rows, mark = page(session, statement, query, sorts=SORTS, default="-number", key=Stocktake.id)
    return shown_each(session, rows), mark


def shown(session: Session, one: Stocktake) -> StocktakeOut:
    return shown_each(session, [one])[0]


def shown_each(session: Session, rows: Sequence[Stocktake]) -> list[StocktakeOut]:
    counts = counted(session, [one.id for one in rows])
    return [_shown(one, counts[one.id]) for one in rows]


def counted(session: Session, ids: Sequence[UUID]) -> dict[UUID, StocktakeCountsOut]:
    """Return how many things stand how in these stock-takes, in one query."""
    differs = case((and_(_is_difference, StocktakeItem.resolution.is_(None)), 1), else_=0)
    expected = case((StocktakeItem.expected, 1), else_=0)
    asked = _items(
        StocktakeItem.stocktake_id,
        _result.label("result"),
        func.count().label("many"),
        func.sum(expected).label("expected"),
        func.sum(differs).label("differences"),
    )
    grouped = asked.where(StocktakeItem.stocktake_id.in_(ids)).group_by(
        StocktakeItem.stocktake_id, _result
    )
    found: dict[UUID, list[Any]] = {key: [] for key in ids}
    for row in session.execute(grouped):
        found[row.stocktake_id].append(row)
    return {key: _counts(rows) for key, rows in found.items()}


def _counts(rows: Sequence[Any]) -> StocktakeCountsOut:
    many = {Result(row.result): row.many for row in rows}
    return StocktakeCountsOut(
        expected=sum(row.expected for row in rows),
        found=many.get(Result.FOUND, 0),
        to_find=many.get(Result.TO_FIND, 0),
        missing=many.get(Result.MISSING, 0),
        unexpected=many.get(Result.UNEXPECTED, 0),
        differences=sum(row.differences for row in rows),
    )


def items(
    session: Session, number: str, query: StocktakeItemQuery, *, actor: Actor
) -> tuple[list[StocktakeItemOut], str | None]:
    """Return one page of what is to be found in a stock-take or was, by name."""
    actor.require(Permission.STOCKTAKES_READ)
    one = numbered(session, number)
    statement = _loaded().where(
        StocktakeItem.stocktake_id == one.id,
        containing(query.q, StocktakeItem.name, Employee.name, Employee.number),
        *_wanted(query),
    )
    sorts, key = ITEM_SORTS, StocktakeItem.id
    rows, mark = page(session, statement, query, sorts=sorts, default="name", key=key)
    return shown_items(session, rows), mark


def _wanted(query: StocktakeItemQuery) -> Iterable[ColumnElement[bool]]:
    if query.result:
        yield _result == query.result.value
    if query.thing:
        yield StocktakeItem.thing == query.thing
    if query.how is FoundHow.VISIT:
        yield or_(
            StocktakeItem.how == FoundHow.VISIT, and_(StocktakeItem.how.is_(None), seen_since)
        )
    elif query.how:
        yield StocktakeItem.how == query.how


def differences(
    session: Session, query: DifferenceQuery, *, actor: Actor
) -> tuple[list[StocktakeItemOut], str | None]:
    """Return one page of what was missing or unexpected, what is due first."""
    actor.require(Permission.STOCKTAKES_READ)
    handles = StocktakeItem.name, Stocktake.number, Employee.name, Employee.number
    statement = _loaded().where(_is_difference, containing(query.q, *handles))
    if query.stocktake:
        statement = statement.where(Stocktake.number == query.stocktake)
    if query.waiting or query.overdue:
        statement = statement.where(StocktakeItem.resolution.is_(None))
    if query.overdue:
        statement = statement.where(StocktakeItem.due_on < today())
    sorts, key = ITEM_SORTS, StocktakeItem.id
    rows, mark = page(session, statement, query, sorts=sorts, default="due_on", key=key)
    return shown_items(session, rows), mark


def open_difference(session: Session, one: Stocktake, name: str) -> StocktakeItem | None:
    mine = StocktakeItem.stocktake_id == one.id, StocktakeItem.name == name
    found = _loaded().where(*mine, _is_difference, StocktakeItem.resolution.is_(None))
    difference: StocktakeItem | None = session.scalar(found)
    return difference


def in_order(one: Stocktake) -> Select[Any]:
    """Return the question for a stock-take's items by name, as its digest goes over them."""
    columns: tuple[Any, ...] = (
        *(StocktakeItem.name, StocktakeItem.expected, StocktakeItem.found_at),
        *(StocktakeItem.how, StocktakeItem.level, StocktakeItem.found_by),
    )
    mine = select(*columns).where(StocktakeItem.stocktake_id == one.id)
    return mine.order_by(StocktakeItem.name)


def _items(*columns: Any) -> Select[Any]:
    joined = select(*columns).select_from(StocktakeItem).join(StocktakeItem.stocktake)
    return joined.outerjoin(StocktakeItem.device)


def _loaded() -> Select[Any]:
    return (
        _items(StocktakeItem)
        .outerjoin(StocktakeItem.holder)
        .options(
            contains_eager(StocktakeItem.stocktake),
            contains_eager(StocktakeItem.device),
            contains_eager(StocktakeItem.holder),
            joinedload(StocktakeItem.sim),
        )
    )


def shown_items(session: Session, rows: Sequence[StocktakeItem]) -> list[StocktakeItemOut]:
    stations = {one.device.station_id for one in rows if one.device and one.device.station_id}
    named = select(Station.id, Station.name).where(Station.id.in_(stations))
    names = dict(iter(session.execute(named))) if stations else {}
    return [_shown_item(one, names) for one in rows]


def _shown_item(one: StocktakeItem, stations: dict[UUID, str]) -> StocktakeItemOut:
    found = _found(one, stations)
    return StocktakeItemOut(
        stocktake=one.stocktake.number,
        thing=one.thing,
        name=one.name,
        result=_result_of(one, found=found["found_at"] is not None),
        holder=holder_of(one),
        note=one.note,
        due_on=one.due_on,
        resolution=one.resolution,
        resolved_at=one.resolved_at,
        resolved_by=one.resolved_by,
        resolution_note=one.resolution_note,
        **found,
    )


def holder_of(one: StocktakeItem) -> EmployeeRef | None:
    return ref(one.holder) if one.holder else None


def _found(one: StocktakeItem, stations: dict[UUID, str]) -> dict[str, Any]:
    """Return how an item was found: as it is written down, or by a station's visit."""
    device, since = one.device, one.stocktake.began_at
    seen = device.last_seen_at if device and one.expected else None
    still_open = one.stocktake.state is StocktakeState.OPEN
    if one.found_at or not (still_open and seen and since and seen >= since):
        written = {"found_at": one.found_at, "found_by": one.found_by}
        return {**written, "how": one.how, "level": one.level}
    place = stations.get(device.station_id) if device and device.station_id else None
    return {"found_at": seen, "found_by": place, "how": FoundHow.VISIT, "level": Level.OBSERVED}


def _result_of(one: StocktakeItem, *, found: bool) -> Result:
    if not one.expected:
        return Result.UNEXPECTED
    if found:
        return Result.FOUND
    return Result.MISSING if one.stocktake.state in COUNTED else Result.TO_FIND


def _shown(one: Stocktake, counts: StocktakeCountsOut) -> StocktakeOut:
    return StocktakeOut(
        number=one.number,
        state=one.state,
        scope=StocktakeScope.model_validate(one.scope),
        sample=one.sample,
        seed=one.seed,
        pool=one.pool_size,
        pool_digest=one.pool_digest,
        note=one.note,
        planned_at=one.planned_at,
        planned_by=one.planned_by,
        began_at=one.began_at,
        closed_at=one.closed_at,
        closed_by=one.closed_by,
        signed_at=one.signed_at,
        signed_by=one.signed_by,
        cancelled_because=one.cancelled_because,
        digest=one.digest,
        counts=counts,
    )
