"""Planning a stock-take, drawing what is to be found, closing and signing its result."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.drawing import drawn
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import (
    FoundHow,
    Result,
    StocktakeForeseen,
    StocktakeIn,
    StocktakeScope,
    StocktakeState,
    StocktakeVerifiedOut,
)
from fleet.counting import next_number
from fleet.database import write
from fleet.devices.models import Device
from fleet.stations.models import Station
from fleet.stocktakes import events
from fleet.stocktakes.errors import (
    ClosedByTheSame,
    CountedMeanwhile,
    NothingInScope,
    StocktakeAltered,
)
from fleet.stocktakes.lifecycle import Move, after
from fleet.stocktakes.models import Stocktake, StocktakeItem
from fleet.stocktakes.pool import NOWHERE, Member, digest_of, pool_of, require_known
from fleet.stocktakes.queries import COUNTED, counted, held_still, in_order, numbered

ROWS: Final = 5_000  # stored in one statement
TIME_FOR_DIFFERENCES: Final = timedelta(days=7)


def plan(session: Session, given: StocktakeIn, *, actor: Actor) -> Stocktake:
    """Write down what will be counted, and the seed of its sample, before anything is drawn."""
    actor.require(Permission.STOCKTAKES_RUN)
    require_known(session, given.scope)
    moment = now()
    number = next_number(session, f"stocktake.{moment.year}")
    made = Stocktake(
        id=uuid4(),
        number=f"ST-{moment.year}-{number:03d}",
        state=StocktakeState.PLANNED,
        scope=given.scope.model_dump(mode="json"),
        sample=given.sample,
        seed=token_hex(16),
        note=given.note,
        planned_at=moment,
        planned_by=actor.name,
    )
    session.add(made)
    planned = events.StocktakePlanned(
        **about(made), seed=made.seed, scope=made.scope, sample=made.sample
    )
    record(session, actor, planned)
    write(session)
    return made


def foreseen(session: Session, given: StocktakeIn, *, actor: Actor) -> StocktakeForeseen:
    """Say how much a stock-take would be of, without planning one."""
    actor.require(Permission.STOCKTAKES_RUN)
    require_known(session, given.scope)
    pool = len(pool_of(session, given.scope))
    return StocktakeForeseen(pool=pool, expected=min(pool, given.sample or pool))


def begin(session: Session, number: str, *, actor: Actor) -> Stocktake:
    """Draw what is to be found from what is in the scope now."""
    actor.require(Permission.STOCKTAKES_RUN)
    one = held_still(session, number)
    one.move(Move.BEGIN)
    pool = pool_of(session, StocktakeScope.model_validate(one.scope))
    if not pool:
        raise NothingInScope
    names = [member.name for member in pool]
    one.began_at, one.pool_size, one.pool_digest = now(), len(pool), digest_of(names)
    expected = pool
    if one.sample is not None:
        one.pool = names
        chosen = set(drawn(one.seed, names, one.sample))
        expected = [member for member in pool if member.name in chosen]
    write(session)
    _add_expected(session, one, expected)
    begun = events.StocktakeBegun(
        **about(one), pool=len(pool), pool_digest=one.pool_digest, expected=len(expected)
    )
    record(session, actor, begun)
    write(session)
    return one


def close(session: Session, number: str, *, found: int | None = None, actor: Actor) -> Stocktake:
    """End the counting: what was not found is missing, and each difference is somebody's task.

    `found`: how many were found as the caller looked; refused where it is more by now.
    """
    actor.require(Permission.STOCKTAKES_RUN)
    one = held_still(session, number)
    one.move(Move.CLOSE)
    _note_visits(session, one)
    _add_unexpected(session, one)
    one.closed_at, one.closed_by = now(), actor.name
    write(session)
    counts = counted(session, [one.id])[one.id]
    if found is not None and counts.found != found:
        raise CountedMeanwhile(number=number)
    _give_time(session, one)
    one.digest = result_digest(session, one)
    closed = events.StocktakeClosed(
        **about(one),
        digest=one.digest,
        found=counts.found,
        missing=counts.missing,
        unexpected=counts.unexpected,
    )
    record(session, actor, closed)
    write(session)
    return one


def sign(session: Session, number: str, *, actor: Actor) -> Stocktake:
    """Have another person than the one who closed it put his name to the result."""
    actor.require(Permission.STOCKTAKES_SIGN)
    one = held_still(session, number)
    after(one.state, Move.SIGN)
    if one.closed_by == actor.name:
        raise ClosedByTheSame(number=number, by=actor.name)
    if one.digest != result_digest(session, one):
        raise StocktakeAltered(number=number)
    one.move(Move.SIGN)
    one.signed_at, one.signed_by = now(), actor.name
    record(session, actor, events.StocktakeSigned(**about(one), digest=one.digest))
    write(session)
    return one


def cancel(session: Session, number: str, *, reason: str, actor: Actor) -> Stocktake:
    """Give a stock-take up; it stays on record with its seed, and what was drawn by it."""
    actor.require(Permission.STOCKTAKES_RUN)
    one = held_still(session, number)
    one.move(Move.CANCEL)
    one.cancelled_because = reason
    record(session, actor, events.StocktakeCancelled(**about(one), reason=reason))
    write(session)
    return one


def verify(session: Session, number: str, *, actor: Actor) -> StocktakeVerifiedOut:
    """Draw the sample again, and work the digest of the result out again."""
    actor.require(Permission.STOCKTAKES_READ)
    one = numbered(session, number)
    again = drawn(one.seed, one.pool, one.sample) if one.pool and one.sample else []
    expected = select(StocktakeItem.name).where(
        StocktakeItem.stocktake_id == one.id, StocktakeItem.expected
    )
    is_drawn = bool(again) and set(again) == set(session.scalars(expected))
    same_pool = one.pool is not None and digest_of(one.pool) == one.pool_digest
    return StocktakeVerifiedOut(
        number=number,
        sample_holds=is_drawn and same_pool if one.pool else None,
        result_holds=result_digest(session, one) == one.digest if one.state in COUNTED else None,
        drawn=sorted(again),
    )


def result_digest(session: Session, one: Stocktake) -> str:
    """Return what tells this result from others: a SHA-256 over a line for each thing, by name."""
    found = sha256(f"{one.number}\n".encode())
    rows = session.execute(in_order(one).execution_options(yield_per=ROWS))
    for line in map(_line, rows):
        found.update(line.encode())
    return found.hexdigest()


def _line(row: Any) -> str:
    result = Result.UNEXPECTED if not row.expected else Result.FOUND
    if row.expected and row.found_at is None:
        result = Result.MISSING
    at = row.found_at.isoformat() if row.found_at else ""
    cells = row.name, result.value, row.how.value if row.how else "", row.level.value, at
    return "\t".join((*cells, row.found_by or "")) + "\n"


def about(one: Stocktake) -> dict[str, Any]:
    return {"subject_id": one.id, "subject_name": one.number}


def _add_expected(session: Session, one: Stocktake, expected: Sequence[Member]) -> None:
    for rows in _in_parts([_expected(one, member) for member in expected]):
        session.execute(insert(StocktakeItem), rows)


def _in_parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(rows), ROWS):
        yield rows[first : first + ROWS]


def _expected(one: Stocktake, member: Member) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "stocktake_id": one.id,
        "thing": member.thing,
        "device_id": member.id if member.thing is Thing.DEVICE else None,
        "sim_id": member.id if member.thing is Thing.SIM else None,
        "name": member.name,
        "expected": True,
        "holder_id": member.holder_id,
        "level": Level.NONE,
    }


def _note_visits(session: Session, one: Stocktake) -> None:
    """Write down which phones stations have seen since the stock-take began."""
    seen = Device.id == StocktakeItem.device_id
    place = select(Station.name).join(Device, Device.station_id == Station.id).where(seen)
    since = select(Device.id).where(Device.last_seen_at >= one.began_at)
    found = update(StocktakeItem).where(
        StocktakeItem.stocktake_id == one.id,
        StocktakeItem.expected,
        StocktakeItem.found_at.is_(None),
        StocktakeItem.device_id.in_(since),
    )
    told = {
        "found_at": select(Device.last_seen_at).where(seen).scalar_subquery(),
        "found_by": place.scalar_subquery(),
        "how": FoundHow.VISIT,
        "level": Level.OBSERVED,
    }
    session.execute(found.values(told).execution_options(synchronize_session=False))


def _add_unexpected(session: Session, one: Stocktake) -> None:
    """Note phones that stations have seen where, or though, they should not be."""
    scope = StocktakeScope.model_validate(one.scope)
    if Thing.DEVICE not in scope.things:
        return
    listed = exists().where(
        StocktakeItem.stocktake_id == one.id, StocktakeItem.device_id == Device.id
    )
    columns = Device.id, Device.tag, Device.last_seen_at, Station.name.label("station")
    asked = select(*columns).outerjoin(Station, Station.id == Device.station_id)
    odd: ColumnElement[bool] = Device.state.in_(NOWHERE[Thing.DEVICE])
    if scope.stations and one.sample is None:
        odd = or_(odd, Station.name.in_(scope.stations))
    elif scope.stations:
        odd = and_(odd, Station.name.in_(scope.stations))
    since = Device.last_seen_at >= one.began_at
    rows = [_unexpected(one, row) for row in session.execute(asked.where(since, odd, ~listed))]
    for part in _in_parts(rows):
        session.execute(insert(StocktakeItem), part)


def _unexpected(one: Stocktake, row: Any) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "stocktake_id": one.id,
        "thing": Thing.DEVICE,
        "device_id": row.id,
        "name": row.tag,
        "expected": False,
        "found_at": row.last_seen_at,
        "found_by": row.station,
        "how": FoundHow.VISIT,
        "level": Level.OBSERVED,
    }


def _give_time(session: Session, one: Stocktake) -> None:
    differing = or_(~StocktakeItem.expected, StocktakeItem.found_at.is_(None))
    mine = update(StocktakeItem).where(StocktakeItem.stocktake_id == one.id, differing)
    due = (now() + TIME_FOR_DIFFERENCES).date()
    session.execute(mine.values(due_on=due).execution_options(synchronize_session=False))
