"""Registering SIMs, and noting which phone one is in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.events import masked
from fleet.audit.services import record
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import SimEdit
from fleet.database import write
from fleet.devices.models import Device
from fleet.devices.noting import Visited
from fleet.devices.unchanged import SeenAgain
from fleet.sims.errors import SimMoveNotAllowed, SimTaken
from fleet.sims.events import SimAdded, SimCorrected, SimMoved, SimSeenElsewhere
from fleet.sims.lifecycle import Move, State
from fleet.sims.models import Sim
from fleet.sims.numbers import free, require_unbound
from fleet.sims.queries import held_still, sims_by_iccid
from fleet.vault.tools import Tools

BY_HAND: Final = {Move.SUSPEND, Move.RESUME, Move.GIVE_UP, Move.KEEP, Move.CANCEL}
# What people say of a SIM beside its two numbers.
SAID: Final = frozenset(SimEdit.model_fields)

# Rooms further down that act when one was moved by hand (incidents: a measure is done); filled by
# `fleet.wiring`.
MOVE_LISTENERS: Final[list[Callable[[Session, Sim, Move, Actor], None]]] = []


def add_sim(session: Session, *, number: str, iccid: str, actor: Actor, **said: Any) -> Sim:
    """Register a SIM; `said` is what `SAID` names of it."""
    actor.require(Permission.SIMS_WRITE)
    same = or_(and_(Sim.number == number, Sim.state != State.CANCELLED), Sim.iccid == iccid)
    if clash := session.scalar(select(Sim.number).where(same)):
        raise SimTaken(sim=clash)
    rests = session.scalar(select(func.max(Sim.quarantined_until)).where(Sim.number == number))
    given = {**said, "number": number, "iccid": iccid, "quarantined_until": rests}
    added = enter_sim(session, **given, actor=actor)
    write(session)
    return added


def enter_sim(
    session: Session,
    *,
    number: str,
    iccid: str,
    actor: Actor,
    quarantined_until: datetime | None = None,
    **said: Any,
) -> Sim:
    """Register a SIM that is known to be new; sent with whatever comes next.

    A number that an earlier card had rests `quarantined_until` as that would have.
    """
    actor.require(Permission.SIMS_WRITE)
    added = Sim(id=uuid4(), number=number, iccid=iccid, quarantined_until=quarantined_until)
    _say(added, said)
    session.add(added)
    event = SimAdded(subject_id=added.id, subject_name=masked(number), carrier=added.carrier)
    record(session, actor, event)
    return added


def correct_sim(session: Session, sim: Sim, changes: Mapping[str, Any], *, actor: Actor) -> None:
    """Correct what the register says of a SIM; its two numbers are what it is, and stay."""
    actor.require(Permission.SIMS_WRITE)
    _say(sim, changes)
    record(session, actor, SimCorrected(subject_id=sim.id, subject_name=masked(sim.number)))


def _say(sim: Sim, said: Mapping[str, Any]) -> None:
    for name in SAID & said.keys():
        setattr(sim, name, said[name])


def move_sim(session: Session, sim: Sim, *, move: Move, reason: str, actor: Actor) -> None:
    """Note that the carrier blocked a SIM or unblocked it, or that its number is given up.

    A number that still opens an account is not cancelled: whoever gets it next could enter.
    """
    actor.require(Permission.SIMS_WRITE)
    sim = held_still(session, sim)
    if move not in BY_HAND:
        raise SimMoveNotAllowed(move=move.value, state=sim.state.value)
    if move is Move.CANCEL:
        require_unbound(session, sim.number)
        free(session, sim)
    sim.move(move)
    event = SimMoved(
        subject_id=sim.id,
        subject_name=masked(sim.number),
        move=move.value,
        state=sim.state.value,
        reason=reason,
    )
    record(session, actor, event)
    for listen in MOVE_LISTENERS:
        listen(session, sim, move, actor)
    write(session)


def note_cards(session: Session, _tools: Tools, visits: Sequence[Visited]) -> None:
    """Note which of our SIMs are in the phones that were seen."""
    cards = {card.iccid: one.device for one in visits for card in one.facts.sims if card.iccid}
    if not cards:
        return
    for sim in sims_by_iccid(session, list(cards)):
        if sim.device_id != cards[sim.iccid].id:
            _move(session, sim, cards[sim.iccid])


def note_cards_again(session: Session, _tools: Tools, seen: Sequence[SeenAgain]) -> None:
    """Do so for phones that were found unchanged: a SIM may have been registered since."""
    cards = {card: one.device.id for one in seen for card in one.visit.cards}
    if not cards:
        return
    places = select(Sim.iccid, Sim.device_id).where(Sim.iccid.in_(cards))
    moved = [iccid for iccid, place in session.execute(places) if place != cards[iccid]]
    for sim in sims_by_iccid(session, moved) if moved else ():
        _move(session, sim, session.get_one(Device, cards[sim.iccid]))


def _move(session: Session, sim: Sim, device: Device) -> None:
    event = SimSeenElsewhere(
        subject_id=sim.id,
        subject_name=masked(sim.number),
        old=sim.device.tag if sim.device else None,
        new=device.tag,
    )
    sim.device = device
    record(session, SYSTEM, event)
