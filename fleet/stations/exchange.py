"""The sync exchange: a station tells what happened and hears what to do, as often as it likes.

Exchanges of one station follow one another (its row is held), so the same message sent twice, at
once or later, has the effect of one.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import SyncIn, SyncOut
from fleet.database import write
from fleet.devices.models import Device
from fleet.stations.errors import StationNotFound, StationRevoked
from fleet.stations.leases import hold_whole, lend, over, paused, renew
from fleet.stations.models import Station, StationState
from fleet.stations.offline import Heard, adopt, make_kits
from fleet.stations.outbox import take_reports, what_is_known
from fleet.stations.ports import take_picture
from fleet.stations.rates import rate_at
from fleet.stations.readiness import note_readiness
from fleet.vault.tools import Tools

IDLE_SECONDS: Final = 3.0
BUSY_SECONDS: Final = 0.2  # more reports are waiting at the station
MOST_REPORTS: Final = 500


def sync(session: Session, tools: Tools, given: SyncIn, *, actor: Actor) -> SyncOut:
    """Take a station's reports and lend it jobs; repeated, it answers the same and changes nothing.

    A job planned in this exchange is lent in the next one: its secret is committed by then.
    """
    actor.require(Permission.STATIONS_SYNC)
    began = now()
    station = _held(session, actor)
    heard = adopt(session, tools, station, given, actor=actor)  # before what is reported of it
    rejected = take_reports(session, tools, station, given, actor=actor)
    known, anew = what_is_known(session, station, given)
    drained = _is_drained(station, given)
    _note_presence(session, station, given.present)
    take_picture(session, station, given)
    wanted = hold_whole(session, tools, station, given.whole, actor=actor)
    unsettled = _unsettled(given, heard)
    lost = renew(session, station, _without(given.running, wanted | unsettled), tools)
    leases = lend(
        session,
        tools,
        station,
        running=given.running,
        free=given.free if drained else 0,
        planned_by=began,
        actor=actor,
    )
    kits = make_kits(session, tools, station, given)
    note_readiness(station, given, heard, tools.settings)
    station.last_seen_at = began
    write(session)
    return SyncOut(
        taken=station.taken,
        rejected=rejected,
        known=known,
        anew=anew,
        fills_gaps=True,
        leases=leases,
        lost=lost,
        paused=paused(session, lost),
        over=[job for job in over(session, [*given.kept, *given.whole]) if job not in wanted],
        backup_rate=rate_at(station, began),
        tags=_tags(session, station),
        ports=station.ports_digest,
        kits=list(kits.made),
        kits_over=list(kits.over),
        adopted=list(heard.adopted),
        refused=list(heard.refused),
        work_apps=list(tools.settings.work_apps),
        next_sync_seconds=IDLE_SECONDS if drained else BUSY_SECONDS,
        server_time=began,
    )


def _held(session: Session, actor: Actor) -> Station:
    mine = select(Station).where(Station.id == actor.id).with_for_update()
    station = session.scalar(mine, execution_options={"populate_existing": True})
    if station is None:
        raise StationNotFound(name=actor.name)
    if station.state is StationState.REVOKED:
        raise StationRevoked(name=station.name)
    return station


def _unsettled(given: SyncIn, heard: Heard) -> set[str]:
    """Return the jobs that were begun without the server, and of which it knows nothing yet."""
    settled = {*heard.adopted, *(one.job for one in heard.refused)}
    return {one.job for one in given.begun} - settled


def _without(jobs: Iterable[str], others: set[str]) -> list[str]:
    return [job for job in jobs if job not in others]


def _is_drained(station: Station, given: SyncIn) -> bool:
    """Tell whether nothing is left at the station that could say a job has ended already."""
    waiting = any(report.sequence > station.taken for report in given.reports)
    return not waiting and len(given.reports) < MOST_REPORTS


def _note_presence(session: Session, station: Station, present: list[str]) -> None:
    """Note which phones went away; that one has come is said by a report on who it is."""
    gone = (
        Device.station_id == station.id,
        Device.present,
        Device.serial.not_in(present),
    )
    session.execute(update(Device).where(*gone).values(present=False))


def _tags(session: Session, station: Station) -> dict[str, str]:
    here = Device.station_id == station.id, Device.present
    found = session.execute(select(Device.serial, Device.tag).where(*here))
    return {row.serial: row.tag for row in found}
