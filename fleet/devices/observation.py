"""What a visit to a phone learned goes into the register: found, compared, noted, never merged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from pydantic_core import from_json, to_json
from sqlalchemy import Insert, Text, bindparam, cast, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.facts import Identity, Os, PhoneFacts, Skin
from fleet.contracts.permissions import Permission
from fleet.database import Encoded, write
from fleet.devices.errors import PhoneIdentityClash, PhoneKnownOtherwise, SerialNamesNoPhone
from fleet.devices.events import DeviceBuildChanged, DeviceDiscovered
from fleet.devices.flat import flattened, vanished
from fleet.devices.models import Device, DeviceChange, DeviceFacts
from fleet.devices.naming import check_serial, next_tag, note_imeis
from fleet.devices.queries import device_by_serial, device_with_imei, held_still
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Visited:
    """A phone that was seen, and all that it said."""

    device: Device
    facts: PhoneFacts
    at: datetime


@dataclass(frozen=True)
class Told:
    """What a visit learned, before it is clear whose it is."""

    facts: PhoneFacts
    at: datetime


# Rooms further down that keep something of what visits saw (sims: which card is in which phone) or
# act on it (compliance: whether the PIN is to be asked about); filled by `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Sequence[Visited]], None]]] = []


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
    _store(session, tools, [Visited(device, facts, at)], station_id, actor)
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
        _store(session, tools, sure, station_id, actor)
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


def _store(
    session: Session, tools: Tools, visits: Sequence[Visited], station_id: UUID, actor: Actor
) -> None:
    """Note what is new, and tell the rooms further down; the phones are held by the caller."""
    session.flush()  # a phone that was found just now has to be there
    digests = {visit.device.id: visit.facts.digest() for visit in visits}
    changed = [one for one in visits if digests[one.device.id] != one.device.facts_digest]
    noted = _noted(session, [one.device.id for one in changed])
    lines: list[dict[str, Any]] = []
    for one in changed:
        lines += _differences(one, noted[one.device.id])
        _identify(session, one.device, one.facts.identity)
        _note_build(session, one, actor)
    write(session)
    if lines:
        session.execute(insert(DeviceChange), lines)
    _write_down(session, visits, station_id, digests)
    _write_told(session, visits, noted)
    for listen in LISTENERS:
        listen(session, tools, visits)
    write(session)


def _noted(session: Session, devices: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return the last known value of every fact worth a line, by phone."""
    if not devices:
        return {}
    # As text: a driver that reads JSON by itself takes several times as long.
    told = DeviceFacts.device_id, cast(DeviceFacts.noted, Text)
    found = dict(iter(session.execute(select(*told).where(DeviceFacts.device_id.in_(devices)))))
    return {key: from_json(found.get(key, "{}")) for key in devices}


def _differences(visit: Visited, noted: dict[str, str]) -> list[dict[str, Any]]:
    """Bring `noted` up to date and return the lines of the change log, none at the first visit."""
    old, seen = dict(noted), flattened(visit.facts)
    gone = vanished(old, seen, visit.facts)
    noted.update(seen)
    for name in gone:
        del noted[name]
    if not old:
        return []
    differing = sorted({name for name in seen if old.get(name) != seen[name]} | gone)
    about = {"device_id": visit.device.id, "at": visit.at}
    return [
        {**about, "field": name, "old": old.get(name), "new": seen.get(name)} for name in differing
    ]


def _note_build(session: Session, visit: Visited, actor: Actor) -> None:
    device, facts = visit.device, visit.facts
    if device.build and facts.os.fingerprint and device.build != facts.build:
        event = DeviceBuildChanged(
            subject_id=device.id, subject_name=device.tag, old=device.build, new=facts.build
        )
        record(session, actor, event)


def _write_down(
    session: Session, visits: Sequence[Visited], station_id: UUID, digests: dict[UUID, str]
) -> None:
    rows = []
    for one in visits:
        told = {
            "station_id": station_id,
            "present": True,
            "last_seen_at": one.at,
            "facts_digest": digests[one.device.id],
            "quick": None,
            "build": one.facts.build if one.facts.os.fingerprint else one.device.build,
            "system": system_of(one.facts.os) or one.device.system,
        }
        rows.append({"key": one.device.id, **told})
        for name, value in told.items():
            set_committed_value(one.device, name, value)
    write_columns(session, rows)


def _write_told(
    session: Session, visits: Sequence[Visited], noted: dict[UUID, dict[str, str]]
) -> None:
    """Store all that was told; the last known values of phones that are the same stay."""
    same, changed = [], []
    for one in visits:
        key = one.device.id
        row = {"key": key, "facts": Encoded(one.facts.model_dump_json(exclude_none=True))}
        if key in noted:
            told = {"noted": Encoded(to_json(noted[key]).decode()), "facts": row["facts"]}
            changed.append({"id": uuid4(), "device_id": key, **told})
        else:
            same.append(row)
        if "told" not in inspect(one.device).unloaded:
            session.expire(one.device, ["told"])
    table = DeviceFacts.__table__
    if same:
        session.execute(update(table).where(table.c.device_id == bindparam("key")), same)
    if changed:
        session.execute(_filed(session), changed)


def _filed(session: Session) -> Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(DeviceFacts.__table__)
    told = {"facts": first.excluded.facts, "noted": first.excluded.noted}
    return first.on_conflict_do_update(index_elements=["device_id"], set_=told)


def write_columns(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write columns of phones, named by `key`, that are held: no version is passed over."""
    if rows:
        table = Device.__table__
        session.execute(update(table).where(table.c.id == bindparam("key")), rows)  # type: ignore[arg-type]


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
