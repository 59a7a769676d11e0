"""Lending jobs: to the station the phone is at, one job a phone, and never to two stations.

A lease that ran out, or whose station enrolled anew, is lent again with a higher attempt: the rooms
above then treat the phone as one that may have been worked on already.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import minute_of, now
from fleet.contracts.stations import JobKind, JobState, Lease
from fleet.contracts.words import speaking
from fleet.database import PASSING, ChangedMeanwhile
from fleet.devices.models import Device
from fleet.errors import FleetError, Unavailable
from fleet.keys.errors import SecretUnreadable
from fleet.settings import Settings
from fleet.stations import events
from fleet.stations.jobs import about_job, end_job
from fleet.stations.lifecycle import LIVE, Move
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.outcomes import work_of
from fleet.stations.queries import held_job, is_with
from fleet.vault.tools import Tools

AWAY_FOR: Final = timedelta(minutes=1)


def renew(session: Session, station: Station, running: Iterable[str], tools: Tools) -> list[str]:
    """Renew the leases of `running` and return those that are no longer this station's."""
    named = {text: _uuid(text) for text in running}
    mine = select(Job).where(
        Job.id.in_([key for key in named.values() if key]),
        Job.state == JobState.LEASED,
        Job.station_id == station.id,
    )
    held = {job.id: job for job in session.scalars(mine.with_for_update())}
    for job in held.values():
        prolong(job, tools.settings)
    return [text for text, key in named.items() if key not in held]


def paused(session: Session, lost: Iterable[str]) -> list[str]:
    """Return which of `lost` are to be gone on with later."""
    ids = [key for key in map(_uuid, lost) if key]
    if not ids:
        return []
    return [str(key) for key in session.scalars(select(Job.id).where(Job.id.in_(ids), Job.held))]


def hold_whole(
    session: Session, tools: Tools, station: Station, whole: Iterable[str], *, actor: Actor
) -> set[str]:
    """Keep for a station the jobs of which it has everything, its phone being here or not.

    It is lent again what it lost meanwhile and nobody else is at. Return those that have ended and
    of which its part is still wanted.
    """
    wanted = set()
    for text, job in _once_lent(session, station, whole).items():
        if job.state not in LIVE:
            wanted |= {text} if work_of(job).is_wanted(session, job) else set()
        elif is_with(job, station):
            job.read_whole = True
        else:
            _lend_again(session, tools, station, job, actor)
    session.flush()
    return wanted


def _lend_again(session: Session, tools: Tools, station: Station, job: Job, actor: Actor) -> None:
    """Lend a job without its phone where nobody is at it; where its task is refused it stays."""
    try:
        with session.begin_nested():
            if _claimed(session, tools, station, job, actor, read_whole=True):
                work_of(job).make_task(session, tools, job, station)
    except FleetError as refusal:
        if isinstance(refusal, ChangedMeanwhile):
            raise
        session.refresh(job)


def _once_lent(session: Session, station: Station, jobs: Iterable[str]) -> dict[str, Job]:
    """Return those jobs that the station was lent at some time, held until the commit."""
    named = {key: text for text in jobs if (key := _uuid(text))}
    if not named:
        return {}
    lent = select(JobLease.job_id).where(JobLease.station_id == station.id)
    mine = (
        select(Job)
        .where(Job.id.in_(named), Job.id.in_(lent), Job.kind == JobKind.BACKUP)
        .order_by(Job.id)
    )
    held = mine.with_for_update(of=Job).execution_options(populate_existing=True)
    return {named[job.id]: job for job in session.scalars(held)}


def over(session: Session, kept: Iterable[str]) -> list[str]:
    """Return which of `kept` have ended; of what is not known nothing is said."""
    ids = [key for key in map(_uuid, kept) if key]
    if not ids:
        return []
    ended = Job.id.in_(ids), Job.state.not_in(LIVE)
    return [str(key) for key in session.scalars(select(Job.id).where(*ended))]


def lend(
    session: Session,
    tools: Tools,
    station: Station,
    *,
    running: Iterable[str],
    free: int,
    planned_by: datetime,
    actor: Actor,
) -> list[Lease]:
    """Return up to `free` jobs for phones at this station that were planned until `planned_by`.

    A job that it has already and does not know of is offered again: the answer was lost. Where the
    storage that one job needs does not answer, all of its kind wait `AWAY_FOR`: each that asked it
    would hold up everybody.
    """
    known = {_uuid(text) for text in running}
    offered: list[Lease] = []
    away: set[JobKind] = set()
    for job in _next_of_each_phone(session, station, planned_by):
        if len(offered) >= free:
            break
        if job.id in known:
            continue
        if job.kind in away:
            job.not_before = now() + AWAY_FOR
            continue
        try:
            lease = _offer(session, tools, station, job, actor)
        except PASSING:
            raise
        except Unavailable:
            away.add(job.kind)
            job.not_before = now() + AWAY_FOR
        else:
            offered += [lease] if lease else []
    return offered


def _next_of_each_phone(session: Session, station: Station, planned_by: datetime) -> list[Job]:
    """Return the oldest live job of each phone that is here, of those planned in time."""
    here = Device.station_id == station.id, Device.present
    in_time = or_(Job.not_before.is_(None), Job.not_before <= planned_by)
    free = in_time, ~Job.held, ~_rests(now()), _needs_phone(now()), ~_erases_what_waits()
    live = (
        select(Job)
        .join(Job.device)
        .where(*here, Job.state.in_(LIVE), Job.created_at <= planned_by, *free)
        .order_by(Job.state != JobState.LEASED, Job.created_at, Job.id)
        .options(joinedload(Job.device))
        .execution_options(populate_existing=True)
    )
    first: dict[UUID, Job] = {}
    for job in session.scalars(live):
        first.setdefault(job.device_id, job)
    return list(first.values())


def _needs_phone(moment: datetime) -> ColumnElement[bool]:
    """Return what does not hold for a job that its station has read whole, while it is heard of."""
    return or_(Job.state == JobState.WAITING, ~Job.read_whole, Job.leased_until < moment)


def _erases_what_waits() -> ColumnElement[bool]:
    """Return what holds for a wipe of a phone whose backup lies at a station alone."""
    waiting = aliased(Job)
    whole = waiting.state == JobState.LEASED, waiting.read_whole
    there = exists().where(waiting.device_id == Job.device_id, *whole)
    return and_(Job.kind == JobKind.WIPE, there)


def _rests(moment: datetime) -> ColumnElement[bool]:
    """Return what holds for jobs in their quiet hours, by the server's clock.

    A visit that has begun goes on: only a job that waits is held back.
    """
    minute = minute_of(moment)
    within = case(
        (
            Job.rests_from <= Job.rests_until,
            and_(Job.rests_from <= minute, Job.rests_until > minute),
        ),
        else_=or_(Job.rests_from <= minute, Job.rests_until > minute),
    )
    return and_(Job.state == JobState.WAITING, Job.rests_from.is_not(None), within)


def _offer(
    session: Session, tools: Tools, station: Station, job: Job, actor: Actor
) -> Lease | None:
    """Lend one job, or return None: another station has it, or its task cannot be made."""
    try:
        with session.begin_nested():
            if not (
                _has_it(session, station, job) or _claimed(session, tools, station, job, actor)
            ):
                return None
            return _lease(session, tools, station, job)
    except IntegrityError:
        return None  # another job of this phone was lent at the same moment
    except FleetError as refusal:
        if _passes(refusal):
            raise
        with speaking("en"):
            failure = str(refusal)
    session.refresh(job)
    end_job(session, job, Move.FAIL, actor=actor, failure=failure)
    work_of(job).give_up(session, tools, job, reason="task_refused", actor=actor)
    return None


def _passes(refusal: FleetError) -> bool:
    """Tell whether it may be otherwise soon; a secret that does not open stays shut."""
    for_now = isinstance(refusal, ChangedMeanwhile | Unavailable)
    return for_now and not isinstance(refusal, SecretUnreadable)


def _has_it(session: Session, station: Station, job: Job) -> bool:
    """Tell whether the job is this station's already, and keep it so until the commit."""
    return is_with(job, station) and is_with(held_job(session, job), station)


def _claimed(
    session: Session,
    tools: Tools,
    station: Station,
    job: Job,
    actor: Actor,
    *,
    read_whole: bool = False,
) -> bool:
    """Make the job this station's where nobody has it: whoever changes the row has it."""
    taken = session.execute(
        update(Job)
        .where(Job.id == job.id, ~Job.held, _free_at(now()))
        .values(
            state=JobState.LEASED,
            station_id=station.id,
            leased_until=_until(tools.settings),
            attempts=Job.attempts + 1,
            rate=None,
            told_at=None,
            read_whole=read_whole,
            unsure=Job.unsure + case((Job.state == JobState.LEASED, 1), else_=0),
        )
        .execution_options(synchronize_session=False)
    )
    if not isinstance(taken, CursorResult) or taken.rowcount != 1:
        return False
    session.refresh(job)
    loan = JobLease(
        id=uuid4(),
        job_id=job.id,
        attempt=job.attempts,
        station_id=station.id,
        leased_at=now(),
    )
    session.add(loan)
    leased = events.JobLeased(**about_job(job), station_id=station.id, attempt=job.attempts)
    record(session, actor, leased)
    return True


def _free_at(moment: datetime) -> ColumnElement[bool]:
    ran_out = and_(Job.state == JobState.LEASED, Job.leased_until < moment)
    return or_(Job.state == JobState.WAITING, ran_out)


def _lease(session: Session, tools: Tools, station: Station, job: Job) -> Lease:
    prolong(job, tools.settings)
    task = work_of(job).make_task(session, tools, job, station)
    session.flush()
    return Lease(
        job=str(job.id),
        device=job.device.tag,
        serial=job.device.serial,
        attempt=job.attempts,
        until=job.leased_until,
        task=task,
    )


def prolong(job: Job, settings: Settings) -> None:
    """Lend a job for longer to who has it; its row is held."""
    job.leased_until = _until(settings)


def _until(settings: Settings) -> datetime:
    return now() + timedelta(seconds=settings.lease_seconds)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
