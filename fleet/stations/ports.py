"""The ports of the stations: what was last seen at each, and what people call the places there."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Select, and_, delete, insert, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.ports import (
    UNHEARD,
    PortOut,
    PortQuery,
    PortState,
    TrayIn,
    picture_digest,
    port_sentence,
)
from fleet.contracts.stations import SyncIn
from fleet.contracts.words import say
from fleet.database import write
from fleet.devices.models import Device
from fleet.paging import containing, page_of
from fleet.stations import events
from fleet.stations.errors import TrayNamedAlready, TrayNotNamed
from fleet.stations.models import Station, StationPort, StationState, StationTray
from fleet.stations.queries import is_connected, station_named
from fleet.stations.readiness import Readiness, readiness_of

DIGITS: Final = re.compile(r"(\d+)")


def take_picture(session: Session, station: Station, given: SyncIn) -> None:
    """Put what a station sees in the place of what it saw; the same picture again is nothing new.

    A picture that arrives late is answered with its own digest: the station sends the newer again.
    """
    if given.ports is None:
        return
    digest = picture_digest(given.ports)
    if digest == station.ports_digest:
        return
    session.execute(delete(StationPort).where(StationPort.station_id == station.id))
    slow = now() - given.sent_at if given.sent_at else timedelta()
    seen = {
        one.transport: {
            "station_id": station.id,
            **one.model_dump(),
            "since": _by_our_clock(one.since, slow),
        }
        for one in given.ports
    }
    if seen:
        session.execute(insert(StationPort), list(seen.values()))
    station.ports_digest = digest


def name_tray(session: Session, station: Station, given: TrayIn, *, actor: Actor) -> PortOut:
    """Name the place at a port, or take its name away; return what is there."""
    actor.require(Permission.STATIONS_WRITE)
    tray = session.scalar(_tray_at(station, given.port))
    if given.label is None:
        if tray is None:
            raise TrayNotNamed(station=station.name, port=given.port)
        session.delete(tray)
    else:
        _refuse_a_second(session, station, given.port, given.label)
        if tray is None:
            tray = StationTray(id=uuid4(), station_id=station.id, port=given.port)
            session.add(tray)
        tray.label = given.label
    named = events.StationTrayNamed(
        subject_id=station.id,
        subject_name=station.name,
        port=given.port,
        label=given.label,
    )
    record(session, actor, named)
    write(session)
    here = _shown(session, PortQuery(station=station.name))
    bare = PortOut(
        station=station.name, port=given.port, tray=None, state=PortState.EMPTY, since=None
    )
    return next((one for one in here if one.port == given.port), bare)


def ports(session: Session, query: PortQuery, *, actor: Actor) -> tuple[list[PortOut], str | None]:
    """Return one page of the ports of all stations, or of one, and the mark of the next."""
    actor.require(Permission.STATIONS_READ)
    if query.station is not None:
        station_named(session, query.station)
    return page_of(_shown(session, query), query, sorts=SORTS, default="port", mark=_mark)


def _by_our_clock(moment: datetime, slow: timedelta) -> datetime:
    try:
        return moment + slow
    except OverflowError:
        return now()


def _tray_at(station: Station, port: str) -> Select[StationTray]:
    return select(StationTray).where(StationTray.station_id == station.id, StationTray.port == port)


def _refuse_a_second(session: Session, station: Station, port: str, label: str) -> None:
    same = StationTray.station_id == station.id, StationTray.label == label
    other = session.scalar(select(StationTray).where(*same, StationTray.port != port))
    if other is not None:
        raise TrayNamedAlready(station=station.name, label=label, port=other.port)


def _shown(session: Session, query: PortQuery) -> list[PortOut]:
    """Return what is at the ports, and the trays where nothing is."""
    here = [_port(*row) for row in session.execute(_seen(query))]
    if query.state is PortState.EMPTY:
        here = []
    if query.state in {None, PortState.EMPTY}:
        here += [_empty(*row) for row in session.execute(_without_phone(query))]
    return here


def _seen(query: PortQuery) -> "Select[StationPort, Station, str, str]":
    tray = and_(
        StationTray.station_id == StationPort.station_id, StationTray.port == StationPort.port
    )
    words = Station.name, StationPort.port, StationPort.serial, StationTray.label, Device.tag
    found = (
        select(StationPort, Station, StationTray.label, Device.tag)
        .join(Station, Station.id == StationPort.station_id)
        .outerjoin(StationTray, tray)
        .outerjoin(Device, Device.serial == StationPort.serial)
        .where(Station.state == StationState.ENROLLED, _asked(query, *words))
    )
    return found.where(StationPort.state == query.state) if query.state else found


def _without_phone(query: PortQuery) -> "Select[StationTray, Station]":
    phone = select(StationPort.id).where(
        StationPort.station_id == StationTray.station_id, StationPort.port == StationTray.port
    )
    words = Station.name, StationTray.port, StationTray.label
    return (
        select(StationTray, Station)
        .join(Station, Station.id == StationTray.station_id)
        .where(Station.state == StationState.ENROLLED, ~phone.exists(), _asked(query, *words))
    )


def _asked(query: PortQuery, *words: Any) -> Any:
    fits = containing(query.q, *words)
    return fits if query.station is None else and_(fits, Station.name == query.station)


def _port(row: StationPort, station: Station, tray: str | None, device: str | None) -> PortOut:
    live, ready = is_connected(station), readiness_of(station) or Readiness()
    return PortOut(
        station=station.name,
        port=row.port,
        tray=tray,
        state=row.state,
        since=row.since,
        transport=row.transport,
        serial=row.serial,
        device=device,
        advice=port_sentence(row.state, row.reason) if live else say(UNHEARD),
        heard_at=station.last_seen_at,
        live=live,
        kit_until=ready.kits.get(row.serial or ""),
        begun_at=ready.begun.get(row.serial or ""),
    )


def _empty(tray: StationTray, station: Station) -> PortOut:
    live = is_connected(station)
    return PortOut(
        station=station.name,
        port=tray.port,
        tray=tray.label,
        state=PortState.EMPTY,
        since=None,
        advice="" if live else say(UNHEARD),
        heard_at=station.last_seen_at,
        live=live,
    )


def _natural(text: str | None) -> tuple[Any, ...]:
    """Order 1-4.10 behind 1-4.2, and nothing behind everything."""
    parts = DIGITS.split(text or "")
    return (
        text is None,
        [(part.isdecimal(), int(part) if part.isdecimal() else part) for part in parts],
    )


def _place(one: PortOut) -> tuple[Any, ...]:
    return one.station, _natural(one.port), one.transport or ""


def _sort(value: Callable[[PortOut], str | None]) -> Callable[[PortOut], Any]:
    return lambda one: (_natural(value(one)), _place(one))


SORTS: Final[Mapping[str, Callable[[PortOut], Any]]] = {
    "port": _place,
    "tray": _sort(lambda one: one.tray),
    "device": _sort(lambda one: one.device),
    "serial": _sort(lambda one: one.serial),
    "state": _sort(lambda one: one.state),
    "since": _sort(lambda one: one.since.isoformat() if one.since else None),
}


def _mark(one: PortOut) -> str:
    return "/".join((one.station, one.port, one.transport or ""))
