"""What a visit to a phone learned goes into the register: found, compared, noted, never merged."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.facts import Identity, Os, PhoneFacts, Skin
from fleet.contracts.flat import flattened, vanished
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.devices.errors import PhoneIdentityClash, PhoneKnownOtherwise, SerialNamesNoPhone
from fleet.devices.events import DeviceBuildChanged, DeviceDiscovered
from fleet.devices.models import Device, DeviceChange
from fleet.devices.naming import check_serial, next_tag, note_imeis
from fleet.devices.queries import device_by_serial, device_with_imei, held_still
from fleet.vault.tools import Tools

# Rooms further down that keep something of what a visit saw (sims: which card is in which phone) or
# act on it (compliance: whether the PIN is to be asked about); filled by `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Device, PhoneFacts], None]]] = []


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
    elif _is_old(device, station_id, at):
        return device
    _note(session, device, facts, at, actor)
    device.station_id, device.present, device.last_seen_at = station_id, True, at
    for listen in LISTENERS:
        listen(session, tools, device, facts)
    write(session)
    return device


def _is_old(device: Device, station_id: UUID, at: datetime) -> bool:
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
    device = Device(id=uuid4(), tag=tag, serial=serial, found_at=at, imei=[], noted={})
    session.add(device)
    event = DeviceDiscovered(subject_id=device.id, subject_name=tag, serial=serial)
    record(session, actor, event)
    return device


def _note(session: Session, device: Device, facts: PhoneFacts, at: datetime, actor: Actor) -> None:
    plain = facts.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    if digest == device.facts_digest:
        return
    _log_changes(session, device, facts, at)
    _identify(session, device, facts.identity)
    if device.build and facts.os.fingerprint and device.build != facts.build:
        event = DeviceBuildChanged(
            subject_id=device.id, subject_name=device.tag, old=device.build, new=facts.build
        )
        record(session, actor, event)
    if facts.os.fingerprint:
        device.build = facts.build
    device.system = system_of(facts.os) or device.system
    device.facts, device.facts_digest = plain, digest


def _log_changes(session: Session, device: Device, facts: PhoneFacts, at: datetime) -> None:
    """Add a line for every fact that differs from its last known value, none at the first visit."""
    old, seen = dict(device.noted), flattened(facts)
    gone = vanished(old, facts)
    differing = sorted({name for name in seen if old.get(name) != seen[name]} | gone)
    if old:
        session.add_all(
            DeviceChange(
                device_id=device.id, at=at, field=name, old=old.get(name), new=seen.get(name)
            )
            for name in differing
        )
    device.noted = {name: text for name, text in {**old, **seen}.items() if name not in gone}


def _identify(session: Session, device: Device, seen: Identity) -> None:
    """Fill in what was not known before; what a phone says itself stands over what was typed."""
    device.brand = seen.brand or device.brand
    device.model = seen.model or device.model
    device.market_name = seen.market_name or device.market_name
    note_imeis(session, device, seen.imei)


def system_of(system: Os) -> str | None:
    """Return the system as people say it: "HyperOS 2.0 (Android 15)"."""
    android = system.android and f"Android {system.android}"
    if system.skin is Skin.UNKNOWN or system.skin is Skin.AOSP:
        return android
    skin = " ".join(filter(None, (system.skin.spoken, system.skin_version)))
    return f"{skin} ({android})" if android else skin
