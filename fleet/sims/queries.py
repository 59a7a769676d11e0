"""Finding SIMs."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.contracts.wire import ListQuery
from fleet.search.matching import beginning, named
from fleet.search.spelling import digits_of
from fleet.sims.errors import SimNotFound
from fleet.sims.models import Sim

SORTS = {"number": Sim.number, "iccid": Sim.iccid, "carrier": Sim.carrier, "state": Sim.state}


def sim(session: Session, name: str) -> Sim:
    """Return the SIM with a phone number or a card number (ICCID)."""
    found = session.scalar(select(Sim).where(or_(Sim.number == name, Sim.iccid == name)))
    if found is None:
        raise SimNotFound(sim=name)
    return found


def sims_by_iccid(session: Session, iccids: Sequence[str]) -> list[Sim]:
    known = select(Sim).where(Sim.iccid.in_(iccids)).options(joinedload(Sim.device))
    return list(session.scalars(known))


def sims_like(session: Session, query: ListQuery) -> Select[Sim]:
    """Return the SIMs that `q` names, for a list that joins who holds them."""
    columns = Sim.number, Sim.iccid, Sim.carrier, Sim.registered_owner
    begun = beginning(Sim.number, digits) if (digits := digits_of(query.q or "")) else None
    handles = named(session, query.q, Sim, *columns, also=begun)
    return select(Sim).where(handles).options(joinedload(Sim.device))


def held_still(session: Session, found: Sim) -> Sim:
    """Return `found` as it is now, locked until the commit: two verbs on one SIM take turns."""
    fresh = select(Sim).where(Sim.id == found.id).with_for_update()
    return session.scalars(fresh.execution_options(populate_existing=True)).one()
