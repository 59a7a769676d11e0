"""What visits saw of phones is noted: the newest facts, what differs, and who else is to know.

Many phones take as many questions as one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from typing import cast as cast_to
from uuid import UUID, uuid4

from pydantic_core import from_json, to_json
from sqlalchemy import Insert, Table, Text, bindparam, cast, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.facts import Identity, Os, PhoneFacts, Skin
from fleet.contracts.flat import brought_up
from fleet.database import Base, Encoded, write
from fleet.devices.events import DeviceBuildChanged
from fleet.devices.models import Device, DeviceChange, DeviceFacts
from fleet.devices.naming import note_imeis
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Visited:
    """A phone that was seen, and all that it said."""

    device: Device
    facts: PhoneFacts
    at: datetime


# Rooms further down that keep something of what visits saw (sims: which card is in which phone) or
# act on it (compliance: whether the PIN is to be asked about); filled by `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Sequence[Visited]], None]]] = []


def store(
    session: Session, tools: Tools, visits: Sequence[Visited], station_id: UUID, actor: Actor
) -> None:
    """Note what is new, and tell the rooms further down; the phones are held by the caller."""
    session.flush()  # a phone that was found just now has to be there
    digests = {visit.device.id: visit.facts.digest() for visit in visits}
    changed = [one for one in visits if digests[one.device.id] != one.device.facts_digest]
    noted = _noted(session, [one.device.id for one in changed])
    lines: list[dict[str, Any]] = []
    for one in changed:
        lines += _differences(one, noted)
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


def _differences(visit: Visited, noted: dict[UUID, dict[str, str]]) -> list[dict[str, Any]]:
    """Bring `noted` up to date and return the lines of the change log, none at the first visit."""
    noted[visit.device.id], found = brought_up(noted[visit.device.id], visit.facts)
    about = {"device_id": visit.device.id, "at": visit.at}
    return [{**about, "field": one.field, "old": one.old, "new": one.new} for one in found]


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
    table = _table(DeviceFacts)
    if same:
        session.execute(update(table).where(table.c.device_id == bindparam("key")), same)
    if changed:
        session.execute(_filed(session), changed)


def _filed(session: Session) -> Insert:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(_table(DeviceFacts))
    told = {"facts": first.excluded.facts, "noted": first.excluded.noted}
    filed: Insert = first.on_conflict_do_update(index_elements=["device_id"], set_=told)
    return filed


def write_columns(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write columns of phones, named by `key`, that are held: no version is passed over."""
    if rows:
        session.execute(update(_table(Device)).where(_table(Device).c.id == bindparam("key")), rows)


def _table(model: type[Base]) -> Table:
    """Return the table itself: rows are written as they are, past what a session remembers."""
    return cast_to("Table", model.__table__)


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
