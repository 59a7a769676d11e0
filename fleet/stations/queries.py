"""Finding stations and jobs."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.contracts.clock import clock, now
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import JobOut, JobQuery, JobState, StationOut, StationQuery
from fleet.devices.models import Device
from fleet.paging import containing, of_state, page
from fleet.stations.errors import JobNotFound, StationNotFound
from fleet.stations.models import Job, Station, StationState
from fleet.stations.readiness import readiness_of

RATE_HOLDS: Final = timedelta(seconds=30)  # a station that says nothing may have stopped
HEARD_LATELY: Final = timedelta(seconds=30)


def station_named(session: Session, name: str) -> Station:
    station = session.scalar(select(Station).where(Station.name == name))
    if station is None:
        raise StationNotFound(name=name)
    return station


def is_connected(station: Station) -> bool:
    """Say whether the station was heard so lately that what it says of its phones is true."""
    return station.last_seen_at is not None and now() - station.last_seen_at < HEARD_LATELY


def stations(
    session: Session, query: StationQuery, *, actor: Actor
) -> tuple[list[StationOut], str | None]:
    """Return one page of stations and the mark of the next."""
    actor.require(Permission.STATIONS_READ)
    statement = select(Station).where(containing(query.q, Station.name))
    if query.state:
        statement = statement.where(Station.state == of_state(StationState, query.state))
    sorts = {"name": Station.name, "last_seen_at": Station.last_seen_at}
    rows, mark = page(session, statement, query, sorts=sorts, default="name", key=Station.id)
    phones = _phones_present(session, [station.id for station in rows])
    return [_shown_station(station, phones.get(station.id, 0)) for station in rows], mark


def _phones_present(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    counted = (
        select(Device.station_id, func.count())
        .where(Device.station_id.in_(ids), Device.present)
        .group_by(Device.station_id)
    )
    return {where: count for where, count in session.execute(counted) if where is not None}


def shown_station(session: Session, station: Station, *, actor: Actor) -> StationOut:
    actor.require(Permission.STATIONS_READ)
    return _shown_station(station, _phones_present(session, [station.id]).get(station.id, 0))


def _shown_station(station: Station, phones: int) -> StationOut:
    ready = readiness_of(station)
    return StationOut(
        name=station.name,
        state=station.state.value,
        software=station.software,
        enrolled_at=station.enrolled_at,
        last_seen_at=station.last_seen_at,
        phones=phones,
        backup_rate=station.backup_rate,
        rate_from=clock(station.rate_from),
        rate_until=clock(station.rate_until),
        kits=len(ready.kits) if ready else None,
        kits_until=ready.until if ready else None,
        begun=len(ready.begun) if ready else 0,
    )


def job_of(session: Session, name: str) -> Job:
    """Return the job whose id is written as `name`."""
    try:
        job = session.get(Job, UUID(name))
    except ValueError:
        job = None
    if job is None:
        raise JobNotFound(job=name)
    return job


def held_job(session: Session, job: Job) -> Job:
    """Return `job` as it is now, held until the transaction ends."""
    fresh = select(Job).where(Job.id == job.id).with_for_update(of=Job)
    return session.scalars(fresh, execution_options={"populate_existing": True}).one()


def is_with(job: Job, station: Station) -> bool:
    return lent_to(job, station.id)


def lent_to(job: Job, station_id: UUID) -> bool:
    return job.state is JobState.LEASED and job.station_id == station_id


def jobs(session: Session, query: JobQuery, *, actor: Actor) -> tuple[list[Job], str | None]:
    """Return one page of jobs and the mark of the next."""
    actor.require(Permission.JOBS_READ)
    statement = select(Job).join(Job.device).where(containing(query.q, Device.tag))
    statement = statement.options(joinedload(Job.device), joinedload(Job.station))
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.state:
        statement = statement.where(Job.state == query.state)
    if query.kind:
        statement = statement.where(Job.kind == query.kind)
    if query.station:
        statement = statement.join(Job.station).where(Station.name == query.station)
    sorts = {"created_at": Job.created_at, "ended_at": Job.ended_at}
    return page(session, statement, query, sorts=sorts, default="-created_at", key=Job.id)


def _rate(job: Job) -> int | None:
    """Return how fast a job goes, where its station has said so of late."""
    fresh = job.told_at is not None and job.told_at > now() - RATE_HOLDS
    return job.rate if fresh and job.state is JobState.LEASED else None


def _seconds_left(job: Job) -> int | None:
    rate = _rate(job)
    if not rate or job.done is None or not job.total:
        return None
    return max(0, job.total - job.done) // rate


def shown_job(job: Job) -> JobOut:
    return JobOut(
        id=str(job.id),
        kind=job.kind,
        device=job.device.tag,
        state=job.state,
        station=job.station.name if job.station else None,
        attempts=job.attempts,
        step=job.step,
        done=job.done,
        total=job.total,
        files=job.files,
        files_total=job.files_total,
        rate=_rate(job),
        seconds_left=_seconds_left(job),
        created_at=job.created_at,
        ended_at=job.ended_at,
        failure=job.failure,
    )
