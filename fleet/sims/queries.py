"""Finding SIMs."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.contracts.bin import RecordKind
from fleet.contracts.wire import ListQuery
from fleet.database import taken_hold_of
from fleet.former.queries import led_to
from fleet.search.matching import beginning, named
from fleet.search.spelling import digits_of
from fleet.sims.errors import SimNotFound
from fleet.sims.lifecycle import State
from fleet.sims.models import Sim

SORTS = {
    "number": Sim.number,
    "iccid": Sim.iccid,
    "carrier": Sim.carrier,
    "state": Sim.state,
    "opened_on": Sim.opened_on,
    "quarantined_until": Sim.quarantined_until,
}


def sim(session: Session, name: str) -> Sim:
    """Return the SIM with a phone number or a card number (ICCID)."""
    named = select(Sim).where(or_(Sim.number == name, Sim.iccid == name))
    cards = list(session.scalars(named))
    if not cards:
        led = led_to(session, Sim, RecordKind.SIM, name)
        if led is None:
            raise SimNotFound(sim=name)
        return led
    # Cards that were cancelled keep their number: the one that has it now is meant.
    return min(cards, key=lambda one: (one.iccid != name, one.state is State.CANCELLED))


def sims_by_iccid(session: Session, iccids: Sequence[str]) -> list[Sim]:
    known = select(Sim).where(Sim.iccid.in_(iccids)).options(joinedload(Sim.device))
    return list(session.scalars(known))


def sims_like(session: Session, query: ListQuery) -> Select[Sim]:
    """Return the SIMs that `q` names, for a list that joins who holds them."""
    columns = Sim.number, Sim.iccid, Sim.carrier, Sim.registered_owner, Sim.actual_user
    begun = beginning(Sim.number, digits) if (digits := digits_of(query.q or "")) else None
    handles = named(session, query.q, Sim, *columns, also=begun)
    return select(Sim).where(handles).options(joinedload(Sim.device))


def held_still(session: Session, found: Sim) -> Sim:
    """Return `found` as it is now, locked until the commit: two verbs on one SIM take turns."""
    (held,) = taken_hold_of(session, [found])
    return held
