"""What becomes of what was missing or unexpected: by a station's visit, or by a person's word."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.permissions import Permission
from fleet.contracts.stocktakes import DifferenceIn, Resolution
from fleet.database import write
from fleet.devices import lifecycle as devices
from fleet.devices.models import Device
from fleet.sims import lifecycle as sims
from fleet.stocktakes.errors import NoSuchDifference, RegisterSaysOtherwise, ResolvedByItself
from fleet.stocktakes.events import DifferenceResolved
from fleet.stocktakes.models import Stocktake, StocktakeItem
from fleet.stocktakes.queries import COUNTED, held_still, open_difference
from fleet.stocktakes.services import about

AT_A_TIME: Final = 500
# What the register must say of a thing before it is believed to be lost, or struck off.
IN_THE_REGISTER: Final = {
    (Resolution.LOST, Thing.DEVICE): frozenset({devices.State.LOST}),
    (Resolution.LOST, Thing.SIM): sims.BLOCKED,
    (Resolution.RETIRED, Thing.DEVICE): frozenset({devices.State.RETIRED}),
    (Resolution.RETIRED, Thing.SIM): frozenset({sims.State.CANCELLED}),
}


def resolve(session: Session, number: str, given: DifferenceIn, *, actor: Actor) -> StocktakeItem:
    """Say what became of a difference; what the register can tell is not taken on a word."""
    actor.require(Permission.STOCKTAKES_RUN)
    one = held_still(session, number)
    item = open_difference(session, one, given.name)
    if item is None:
        raise NoSuchDifference(number=number, name=given.name)
    if given.resolution is Resolution.SEEN:
        raise ResolvedByItself
    _require_in_register(item, given.resolution)
    item.resolution_note = given.note
    _end(session, item, given.resolution, actor)
    write(session)
    return item


def notice_visits(session: Session) -> int:
    """Note which missing phones stations have seen since: a chore; returns how many."""
    late = (
        select(StocktakeItem)
        .join(StocktakeItem.stocktake)
        .join(StocktakeItem.device)
        .where(
            Stocktake.state.in_(COUNTED),
            StocktakeItem.expected,
            StocktakeItem.found_at.is_(None),
            StocktakeItem.resolution.is_(None),
            Device.last_seen_at > Stocktake.closed_at,
        )
        .options(joinedload(StocktakeItem.stocktake))
        .order_by(StocktakeItem.id)
        .limit(AT_A_TIME)
    )
    found = session.scalars(late.with_for_update(of=StocktakeItem)).all()
    for item in found:
        _end(session, item, Resolution.SEEN, SYSTEM)
    return len(found)


def _require_in_register(item: StocktakeItem, resolution: Resolution) -> None:
    if item.thing is None:
        return
    wanted = IN_THE_REGISTER.get((resolution, item.thing))
    thing = item.device or item.sim
    if wanted is not None and thing is not None and thing.state not in wanted:
        raise RegisterSaysOtherwise(name=item.name, state=thing.state.value)


def _end(session: Session, item: StocktakeItem, resolution: Resolution, actor: Actor) -> None:
    item.resolution, item.resolved_at, item.resolved_by = resolution, now(), actor.name
    name = masked(item.name) if item.thing is Thing.SIM else item.name
    event = DifferenceResolved(**about(item.stocktake), thing=name, resolution=resolution)
    record(session, actor, event)
