"""Planning and ending jobs."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import JobKind, JobState
from fleet.database import write
from fleet.devices.models import Device
from fleet.stations import events
from fleet.stations.errors import JobUnderWay
from fleet.stations.lifecycle import LIVE, Move, after
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.outcomes import work_of
from fleet.stations.queries import held_job
from fleet.vault.tools import Tools

Rests = tuple[int, int] | None  # minutes of the day, by the server's clock, in which it waits


def plan_job(
    session: Session,
    kind: JobKind,
    device: Device,
    *,
    task: dict[str, Any],
    actor: Actor,
    not_before: datetime | None = None,
    rests: Rests = None,
) -> Job:
    """Add a job for whichever station the phone is at; the room above has asked permission."""
    added = add_job(
        session, kind, device, task=task, actor=actor, not_before=not_before, rests=rests
    )
    write(session)
    return added


def add_job(
    session: Session,
    kind: JobKind,
    device: Device,
    *,
    task: dict[str, Any],
    actor: Actor,
    not_before: datetime | None = None,
    rests: Rests = None,
) -> Job:
    """Add a job as one of many; the caller sends them all at once."""
    job = Job(
        id=uuid4(),
        kind=kind,
        device=device,
        task=task,
        state=JobState.WAITING,
        attempts=0,
        unsure=0,
        read_whole=False,
        created_at=now(),
        not_before=not_before,
        rests_from=rests[0] if rests else None,
        rests_until=rests[1] if rests else None,
    )
    session.add(job)
    about = about_job(job)
    record(session, actor, events.JobPlanned(**about))
    return job


def adopt_job(
    session: Session,
    tools: Tools,
    kind: JobKind,
    device: Device,
    station: Station,
    *,
    key: UUID,
    task: dict[str, Any],
    begun_at: datetime,
    read_whole: bool,
    actor: Actor,
) -> Job:
    """Add a job that a station began by itself, as if it had been lent to it then."""
    job = Job(
        id=key,
        kind=kind,
        device=device,
        task=task,
        state=JobState.LEASED,
        station=station,
        leased_until=now() + timedelta(seconds=tools.settings.lease_seconds),
        attempts=1,
        unsure=0,
        read_whole=read_whole,
        created_at=begun_at,
    )
    session.add(job)
    write(session)
    session.add(
        JobLease(id=uuid4(), job_id=job.id, attempt=1, station_id=station.id, leased_at=begun_at)
    )
    record(session, actor, events.JobPlanned(**about_job(job)))
    leased = events.JobLeased(**about_job(job), station_id=station.id, attempt=1)
    record(session, actor, leased)
    write(session)
    return job


def cancel_job(session: Session, tools: Tools, job: Job, *, actor: Actor) -> None:
    """Take back a job that no station is running now; what it may have changed is kept in mind."""
    actor.require(Permission.JOBS_CANCEL)
    job = held_job(session, job)
    if job.state is JobState.LEASED and job.leased_until and job.leased_until > now():
        raise JobUnderWay(job=str(job.id), station=job.station.name if job.station else "")
    if job.state is JobState.LEASED:
        job.unsure += 1
    end_job(session, job, Move.CANCEL, actor=actor)
    work_of(job).give_up(session, tools, job, reason="cancelled", actor=actor)
    write(session)


def hold_job(job: Job) -> None:
    """Keep a live job from being lent; a station that is at it has lost it, and keeps its work.

    The caller holds its row.
    """
    if job.state is JobState.LEASED:
        job.state = after(job.state, Move.GIVE_BACK)
    job.held, job.station_id, job.leased_until, job.read_whole = True, None, None, False


def end_job(
    session: Session, job: Job, move: Move, *, actor: Actor, failure: str | None = None
) -> None:
    """End a live job; the rooms above use it for one that has become needless."""
    job.state = after(job.state, move)
    job.held, job.leased_until, job.ended_at, job.failure = False, None, now(), failure
    ended = events.JobEnded(**about_job(job), state=job.state, failure=failure)
    record(session, actor, ended)
    write(session)


def finish_early(session: Session, job_id: UUID | None, *, actor: Actor) -> None:
    """End a live job whose outcome is known from elsewhere; a station running it has lost it."""
    job = session.get(Job, job_id) if job_id else None
    if job is not None and job.state in LIVE:
        end_job(session, job, Move.FINISH, actor=actor)


def about_job(job: Job) -> dict[str, Any]:
    return {
        "subject_id": job.id,
        "subject_name": str(job.id),
        "device": job.device.tag,
        "kind": job.kind,
    }


def sealed_for(station: Station, job: Job, value: str) -> str:
    """Seal a secret so that it opens at `station` and as part of `job` alone."""
    return seal_to_station(station.public_key, value, job=str(job.id))
