"""A visit that found a phone as it is known: when and where it was seen, and what is quick.

That it is as known is the digest of its facts, in which its identity and its start are: a phone of
which they differ in anything is asked about in full, and then compared as any other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from fleet.access.actor import Actor
from fleet.contracts.facts import Quick
from fleet.contracts.permissions import Permission
from fleet.database import Encoded
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.devices.noting import write_columns
from fleet.devices.observation import is_old
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Again:
    """What a station says of a phone that it found unchanged; `cards` are ICCIDs."""

    serial: str
    digest: str
    quick: Quick
    cards: Sequence[str]
    at: datetime


class Known(Protocol):
    """What is read of a phone that is not read in full."""

    @property
    def id(self) -> UUID: ...
    @property
    def tag(self) -> str: ...
    @property
    def state(self) -> State: ...


@dataclass(frozen=True)
class SeenAgain:
    device: Known
    visit: Again


# Rooms further down that act on what is quick; filled by `fleet.wiring`.
LISTENERS: Final[list[Callable[[Session, Tools, Sequence[SeenAgain]], None]]] = []

COLUMNS: Final = (
    *(Device.id, Device.tag, Device.serial, Device.state),
    *(Device.station_id, Device.last_seen_at, Device.facts_digest),
)


def see_again(
    session: Session, visits: Sequence[Again], *, station_id: UUID, actor: Actor, tools: Tools
) -> None:
    """Note visits, one a phone; of one that is known otherwise, or was seen since, nothing."""
    actor.require(Permission.STATIONS_SYNC)
    serials = [visit.serial for visit in visits]
    held = select(*COLUMNS).where(Device.serial.in_(serials)).order_by(Device.id).with_for_update()
    known: dict[str, Any] = {row.serial: row for row in session.execute(held)}
    seen = [
        SeenAgain(row, visit)
        for visit in visits
        if (row := known.get(visit.serial)) is not None
        and row.facts_digest == visit.digest
        and not is_old(row, station_id, visit.at)
    ]
    if not seen:
        return
    _write_down(session, seen, station_id)
    for listen in LISTENERS:
        listen(session, tools, seen)


def _write_down(session: Session, seen: Sequence[SeenAgain], station_id: UUID) -> None:
    rows = [
        {
            "key": one.device.id,
            "station_id": station_id,
            "present": True,
            "last_seen_at": one.visit.at,
            "quick": Encoded(one.visit.quick.model_dump_json(exclude_none=True)),
        }
        for one in seen
    ]
    write_columns(session, rows)
    for one in seen:
        loaded = session.identity_map.get(identity_key(Device, one.device.id))
        if loaded is not None:
            session.expire(loaded)


def digests_of(session: Session, serials: Sequence[str]) -> dict[str, str | None]:
    """Return the digest of what is known of phones, by serial number."""
    if not serials:
        return {}
    found = select(Device.serial, Device.facts_digest).where(Device.serial.in_(serials))
    return dict(iter(session.execute(found)))
