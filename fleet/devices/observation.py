"""What a visit to a phone learned goes into the register: found, compared, noted, never merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.facts import Identity, PhoneFacts
from fleet.contracts.permissions import Permission
from fleet.devices.errors import PhoneIdentityClash, PhoneKnownOtherwise, SerialNamesNoPhone
from fleet.devices.events import DeviceDiscovered
from fleet.devices.models import Device
from fleet.devices.naming import check_serial, next_tag
from fleet.devices.noting import Visited, store
from fleet.devices.queries import device_by_serial, device_with_imei, held_still
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Told:
    """What a visit learned, before it is clear whose it is."""

    facts: PhoneFacts
    at: datetime


def observe(
    session: Session,
    facts: PhoneFacts,
    *,
    station_id: UUID,
    at: datetime,
    actor: Actor,
    tools: Tools,
) -> Device:
    """Store what is known of a phone now and return it; an unknown one is taken into stock.

    A visit older than what another station has seen since changes nothing. Refused when the serial
    number names no single phone, or when it belongs to a phone that is
    another one by its IMEI, brand or model, or when its IMEI is that of a phone with another one.
    """
    actor.require(Permission.STATIONS_SYNC)
    device = _known(session, facts.identity)
    if device is None:
        device = _discover(session, facts, at, actor, tools)
    elif is_old(device, station_id, at):
        return device
    store(session, tools, [Visited(device, facts, at)], station_id, actor)
    return device


def observe_many(
    session: Session, visits: Sequence[Told], *, station_id: UUID, actor: Actor, tools: Tools
) -> list[Told]:
    """Store visits, one a phone, in as many questions as one takes; return those left to `observe`.

    Left are phones that are new, and those of which something is not as it should be.
    """
    actor.require(Permission.STATIONS_SYNC)
    known = _held_by_serial(session, visits)
    sure, left = [], []
    for told in visits:
        device = known.get(told.facts.identity.serial or "")
        if device is None or _is_doubtful(device, told.facts.identity, station_id):
            left.append(told)
        elif not is_old(device, station_id, told.at):
            sure.append(Visited(device, told.facts, told.at))
    if sure:
        store(session, tools, sure, station_id, actor)
    return left


def _held_by_serial(session: Session, visits: Sequence[Told]) -> dict[str, Device]:
    """Return the phones as they are now, locked in an order that all keep."""
    serials = [told.facts.identity.serial for told in visits]
    found = select(Device).where(Device.serial.in_(serials)).order_by(Device.id).with_for_update()
    fresh = found.execution_options(populate_existing=True)
    return {device.serial: device for device in session.scalars(fresh)}


def _is_doubtful(device: Device, seen: Identity, station_id: UUID) -> bool:
    elsewhere = device.present and device.station_id not in {None, station_id}
    return elsewhere or _difference(device, seen) is not None


class Placed(Protocol):
    """Where a phone was last seen; `Device` is one, and so is a row of its columns."""

    @property
    def station_id(self) -> UUID | None: ...
    @property
    def last_seen_at(self) -> datetime | None: ...


def is_old(device: Placed, station_id: UUID, at: datetime) -> bool:
    """Say whether another station has seen the phone since: this one was without the server."""
    elsewhere = device.station_id not in {None, station_id}
    return elsewhere and device.last_seen_at is not None and at < device.last_seen_at


def _known(session: Session, seen: Identity) -> Device | None:
    check_serial(seen.serial or "")
    device = device_by_serial(session, seen.serial or "")
    if device is None:
        _require_new(session, seen)
        return None
    device = held_still(session, device)
    clash = _difference(device, seen)
    if clash:
        what, known, other = clash
        raise PhoneIdentityClash(
            serial=device.serial, tag=device.tag, what=what, known=known, seen=other
        )
    return device


def _require_new(session: Session, seen: Identity) -> None:
    """Refuse a phone of ours that has got another serial number: a repair, or another system."""
    known = device_with_imei(session, seen.imei)
    if known is not None:
        device, imei = known
        raise PhoneKnownOtherwise(
            serial=seen.serial or "", imei=imei, tag=device.tag, known=device.serial
        )


def _difference(device: Device, seen: Identity) -> tuple[str, str, str] | None:
    """Return what tells the phone that was seen from `device`, where both are known."""
    if device.imei and seen.imei:
        if set(device.imei) & set(seen.imei):
            return None
        return "IMEI", " ".join(device.imei), " ".join(seen.imei)
    if not _agree(device.brand, seen.brand, seen.manufacturer):
        return "brand", device.brand or "", seen.brand or ""
    if not _agree(device.model, seen.model, seen.market_name, seen.device):
        return "model", device.model or "", seen.model or ""
    return None


def _agree(known: str | None, *seen: str | None) -> bool:
    names = {name.casefold() for name in seen if name}
    return not known or not names or known.casefold() in names


def _discover(
    session: Session,
    facts: PhoneFacts,
    at: datetime,
    actor: Actor,
    tools: Tools,
) -> Device:
    serial = facts.identity.serial
    if serial is None:
        raise SerialNamesNoPhone(serial="")
    tag = next_tag(session, tools.settings.tag_template)
    device = Device(id=uuid4(), tag=tag, serial=serial, found_at=at, imei=[])
    session.add(device)
    event = DeviceDiscovered(subject_id=device.id, subject_name=tag, serial=serial)
    record(session, actor, event)
    return device
