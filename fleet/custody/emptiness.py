"""Whether a phone that was erased shows nothing of its last life: a visit tells, nobody's word."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.contracts.facts import PhoneFacts
from fleet.custody.events import DeviceFoundEmpty, DeviceFoundNotEmpty
from fleet.custody.models import Holding, Wipe
from fleet.devices.emptiness import LOOKS, UNKNOWN
from fleet.devices.lifecycle import Move, State
from fleet.devices.models import Device
from fleet.devices.noting import Visited
from fleet.devices.queries import held_still
from fleet.devices.unchanged import SeenAgain
from fleet.vault import services as vault
from fleet.vault.queries import known_credential, pin_of
from fleet.vault.tools import Tools


def left_on(facts: PhoneFacts, boots: str | None) -> list[str]:
    """Return what an empty phone would not have, or what cannot be told, by their words.

    `boots`: by which start the phone was known before; the same one has erased nothing.
    """
    seen = {name: look(facts) for name, look in LOOKS.items()}
    found = [name for name, fine in seen.items() if fine is False]
    found += [f"{UNKNOWN}{name}" for name, fine in seen.items() if fine is None]
    same_start = boots is not None and boots_of(facts) == boots
    return ["start", *found] if same_start else found


def boots_of(facts: PhoneFacts | None) -> str | None:
    """Return what tells one start of a phone from another; None where it does not say."""
    if facts is None or (facts.boot_id is None and facts.boot_count is None):
        return None
    return f"{facts.boot_count} {facts.boot_id}"


def newest_wipe(session: Session, device: Device) -> Wipe | None:
    mine = select(Wipe).where(Wipe.device_id == device.id)
    return session.scalar(mine.order_by(Wipe.at.desc(), Wipe.id.desc()).limit(1))


def emptied_at(session: Session, devices: Collection[UUID]) -> dict[UUID, datetime]:
    """Return since when each phone that came back has nothing of its last life: it is said so."""
    erased = select(func.max(Wipe.at)).where(Wipe.device_id == Device.id).correlate(Device)
    back = select(func.max(Holding.returned_at)).where(Holding.device_id == Device.id)
    asked = select(Device.id, erased.scalar_subquery(), back.correlate(Device).scalar_subquery())
    rows = session.execute(asked.where(Device.id.in_(devices)))
    known = {key: [moment for moment in moments if moment] for key, *moments in rows}
    return {key: max(moments) for key, moments in known.items() if moments}


@dataclass(frozen=True)
class Sight:
    """What a visit to a phone that was erased saw, and when."""

    facts: PhoneFacts
    at: datetime


def note_visits(session: Session, _tools: Tools, visits: Sequence[Visited]) -> None:
    """Put what is found empty into stock; of the others, keep what they still show."""
    wiped = {one.device.id: one for one in visits if one.device.state is State.WIPED}
    for wipe in _newest(session, wiped):
        visit = wiped[wipe.device_id]
        _judge(session, wipe, Sight(visit.facts, visit.at))


def note_unchanged(session: Session, _tools: Tools, seen: Sequence[SeenAgain]) -> None:
    """Do so for one that was found unchanged and that no visit since its wipe has told of."""
    wiped = {one.device.id: one for one in seen if one.device.state is State.WIPED}
    for wipe in _newest(session, wiped):
        facts = session.get_one(Device, wipe.device_id).known_facts
        if wipe.looked_at is None and facts is not None:
            _judge(session, wipe, Sight(facts, wiped[wipe.device_id].visit.at))


def _newest(session: Session, devices: Collection[UUID]) -> list[Wipe]:
    if not devices:
        return []
    mine = select(Wipe).where(Wipe.device_id.in_(devices)).order_by(Wipe.at, Wipe.id)
    return list({wipe.device_id: wipe for wipe in session.scalars(mine)}.values())


def _judge(session: Session, wipe: Wipe, sight: Sight) -> None:
    device = held_still(session, session.get_one(Device, wipe.device_id))
    if device.state is not State.WIPED or sight.at < wipe.at:
        return
    left, before = left_on(sight.facts, wipe.boots), wipe.left
    wipe.looked_at, wipe.left = sight.at, left
    if not left:
        wipe.empty_at = sight.at
        restock(session, device, actor=SYSTEM)
        record(session, SYSTEM, DeviceFoundEmpty(subject_id=device.id, subject_name=device.tag))
    elif left != before:
        told = DeviceFoundNotEmpty(subject_id=device.id, subject_name=device.tag, left=left)
        record(session, SYSTEM, told)


def restock(session: Session, device: Device, *, actor: Actor) -> None:
    """Put the phone into stock, without a lock: the PINs it had open nothing any more."""
    device.move(Move.RESTOCK)
    credential = known_credential(session, pin_of(device))
    if credential is not None:
        vault.clear(session, credential, reason="wiped", actor=actor)
