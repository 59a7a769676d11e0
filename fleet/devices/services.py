"""Registering phones, and the moves in their lives that no other room decides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.devices import DeviceEdit
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.devices.errors import MoveNotAllowed, SerialTaken, TagTaken
from fleet.devices.events import DeviceAdded, DeviceCorrected, DeviceMoved
from fleet.devices.lifecycle import Move
from fleet.devices.models import Device
from fleet.devices.naming import TAG_TEMPLATE, check_serial, next_tag, note_imeis, tag_taken
from fleet.devices.observation import observe
from fleet.devices.queries import device_by_serial, held_still

# Issue, return, accept and restock have their own verbs with their own conditions (custody).
BY_HAND: Final = {
    *(Move.UNSTOCK, Move.SEND_TO_REPAIR, Move.REPAIRED),
    *(Move.LOSE, Move.FIND, Move.RETIRE),
}
# What people say of a phone beside its numbers.
SAID: Final = frozenset(DeviceEdit.model_fields) - {"owner"} | {"owner_id"}

# Rooms further down that act when a phone was moved by hand (rotation: a lost one is an incident);
# filled by `fleet.wiring`.
MOVE_LISTENERS: Final[list[Callable[[Session, Device, Move, Actor], None]]] = []


def add_device(
    session: Session,
    *,
    serial: str,
    actor: Actor,
    tag: str | None = None,
    imei: Sequence[str] = (),
    tag_template: str = TAG_TEMPLATE,
    **said: Any,
) -> Device:
    """Register a phone by hand; without a tag it gets the next free one.

    `said` is what `SAID` names of it.
    """
    actor.require(Permission.DEVICES_WRITE)
    check_serial(serial)
    _require_new(session, serial, tag)
    tag = tag or next_tag(session, tag_template)
    added = enter_device(session, serial=serial, tag=tag, imei=imei, actor=actor, **said)
    write(session)
    return added


def enter_device(
    session: Session,
    *,
    serial: str,
    tag: str,
    actor: Actor,
    imei: Sequence[str] = (),
    **said: Any,
) -> Device:
    """Register a phone that is known to be new; sent with whatever comes next."""
    actor.require(Permission.DEVICES_WRITE)
    check_serial(serial)
    added = Device(id=uuid4(), tag=tag, serial=serial, imei=[], found_at=now())
    _say(added, said)
    session.add(added)
    note_imeis(session, added, imei)
    record(session, actor, DeviceAdded(subject_id=added.id, subject_name=added.tag, serial=serial))
    return added


def correct_device(
    session: Session, device: Device, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Correct what the register says of a phone; IMEIs are added, none is taken away."""
    actor.require(Permission.DEVICES_WRITE)
    _say(device, changes)
    note_imeis(session, device, changes.get("imei", ()))
    record(session, actor, DeviceCorrected(subject_id=device.id, subject_name=device.tag))


def _say(device: Device, said: Mapping[str, Any]) -> None:
    for name in SAID & said.keys():
        setattr(device, name, said[name])


def _require_new(session: Session, serial: str, tag: str | None) -> None:
    known = device_by_serial(session, serial)
    if known is not None:
        raise SerialTaken(serial=serial, tag=known.tag)
    if tag and tag_taken(session, tag):
        raise TagTaken(tag=tag)


def move_device(session: Session, device: Device, *, move: Move, reason: str, actor: Actor) -> None:
    """Send a phone to repair or to its gate, or note that it came back, is lost, found, retired."""
    actor.require(Permission.DEVICES_WRITE)
    device = held_still(session, device)
    if move not in BY_HAND:
        raise MoveNotAllowed(move=move.value, state=device.state.value)
    device.move(move)
    event = DeviceMoved(
        subject_id=device.id,
        subject_name=device.tag,
        move=move,
        state=device.state.value,
        reason=reason,
    )
    record(session, actor, event)
    for listen in MOVE_LISTENERS:
        listen(session, device, move, actor)
    write(session)


__all__ = ["add_device", "move_device", "observe"]
