"""What each kind of report changes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.stations import (
    JobDone,
    JobKind,
    JobProgress,
    PhoneLeft,
    PhoneSeen,
    PhoneUnchanged,
    PhoneUnreadable,
    Report,
)
from fleet.devices.errors import PhoneInTwoPlaces
from fleet.devices.models import Device
from fleet.devices.observation import Told, observe, observe_many
from fleet.devices.queries import device_by_serial
from fleet.devices.unchanged import Again, see_again
from fleet.stations import events
from fleet.stations.errors import JobNotYours, OutcomeMissing
from fleet.stations.jobs import about_job, end_job
from fleet.stations.lifecycle import Move, after
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.outcomes import work_of
from fleet.stations.queries import held_job, is_connected, is_with, job_of
from fleet.vault.tools import Tools

MOST_ATTEMPTS = 5  # loans of one job before a station's own failures end it

OUTCOME = {
    JobKind.ROTATE_PIN: "pin",
    JobKind.GUIDE_ACCOUNT: "account",
    JobKind.BACKUP: "backup",
    JobKind.CHECK_PIN: "check",
    JobKind.WIPE: "wipe",
    JobKind.PROBE: "probe",
    JobKind.REMEDY: "remedy",
}


def handle(
    session: Session, tools: Tools, station: Station, report: Report, *, actor: Actor
) -> None:
    """Act on one report; a refusal means that it can never be taken."""
    match report.body:
        case PhoneSeen() as seen:
            _refuse_a_double(session, station, seen, report.at)
            observe(
                session, seen.facts, station_id=station.id, at=report.at, actor=actor, tools=tools
            )
        case PhoneUnchanged() as same:
            visits = [again(same, report.at)]
            see_again(session, visits, station_id=station.id, actor=actor, tools=tools)
        case PhoneLeft() as left:
            _phone_left(session, station, left)
        case PhoneUnreadable() as unreadable:
            _note_unreadable(session, station, unreadable, actor)
        case JobProgress() as progress:
            _note_progress(session, station, progress, report.at)
        case JobDone() as done:
            _end(session, tools, station, done, actor)


def visited(report: Report) -> str | None:
    """Return the serial number of the phone that a report tells a visit to."""
    match report.body:
        case PhoneSeen(facts=facts):
            return facts.identity.serial
        case PhoneUnchanged(serial=serial):
            return serial
    return None


def handle_visits(
    session: Session, tools: Tools, station: Station, reports: Sequence[Report], *, actor: Actor
) -> list[Report]:
    """Act on visits, one a phone, at once; return those that are left to `handle`."""
    same = [again(one.body, one.at) for one in reports if isinstance(one.body, PhoneUnchanged)]
    if same:
        see_again(session, same, station_id=station.id, actor=actor, tools=tools)
    visits = [Told(one.body.facts, one.at) for one in reports if isinstance(one.body, PhoneSeen)]
    if not visits:
        return []
    left = observe_many(session, visits, station_id=station.id, actor=actor, tools=tools)
    serials = {one.facts.identity.serial for one in left}
    return [one for one in reports if visited(one) in serials]


def again(same: PhoneUnchanged, at: datetime) -> Again:
    return Again(same.serial, same.facts, same.quick, same.cards, at)


def _refuse_a_double(session: Session, station: Station, seen: PhoneSeen, at: datetime) -> None:
    """Refuse a serial number that is at another station now, on a phone started apart from this.

    A phone that was moved has left there; one that is reached at both by Wi-Fi was started once.
    """
    identity = seen.facts.identity
    known = device_by_serial(session, identity.serial or "")
    if known is None or not known.present or known.station_id in {None, station.id}:
        return
    if known.last_seen_at is not None and at < known.last_seen_at:
        return  # an old visit: the phone may have been started anew since
    there = session.get(Station, known.station_id)
    before = (known.facts or {}).get("boot_id")
    apart = before and seen.facts.boot_id and before != seen.facts.boot_id
    if apart and there and is_connected(there) and not set(known.imei) & set(identity.imei):
        raise PhoneInTwoPlaces(serial=known.serial, tag=known.tag, station=there.name)


def _phone_left(session: Session, station: Station, left: PhoneLeft) -> None:
    mine = Device.serial == left.serial, Device.station_id == station.id
    session.execute(update(Device).where(*mine).values(present=False))


def _note_unreadable(
    session: Session, station: Station, seen: PhoneUnreadable, actor: Actor
) -> None:
    noted = events.PhoneUnreadableSeen(
        subject_id=station.id,
        subject_name=station.name,
        transport=seen.transport,
        state=seen.state,
        reason=seen.reason,
    )
    record(session, actor, noted)


def _note_progress(session: Session, station: Station, progress: JobProgress, at: datetime) -> None:
    """Note how far a job is; of one that is no longer this station's it says nothing."""
    job = job_of(session, progress.job)
    if is_with(job, station):
        job.step, job.done, job.total = progress.step, progress.done, progress.total
        job.files, job.files_total = progress.files, progress.files_total
        job.rate, job.told_at = progress.rate, at


def _end(session: Session, tools: Tools, station: Station, done: JobDone, actor: Actor) -> None:
    job = held_job(session, job_of(session, done.job))
    if not _was_lent_to(session, job, station):
        raise JobNotYours(job=done.job, station=station.name)
    late = not is_with(job, station)
    if late:
        noted = events.JobHeardOfLate(**about_job(job), station_id=station.id)
        record(session, actor, noted)
    if done.failure is not None:
        _failed(session, tools, job, done, late=late, actor=actor)
        return
    if getattr(done, OUTCOME[job.kind]) is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    if not late:
        end_job(session, job, Move.FINISH, actor=actor)
    work_of(job).settle(session, tools, job, done, late=late, actor=actor)


def _failed(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """A station could not do it: it waits again, or ends when that would not help.

    `again` also says that the phone was not touched.
    """
    if late:
        return
    if done.again and job.attempts < MOST_ATTEMPTS:
        job.state = after(job.state, Move.GIVE_BACK)
        job.station_id, job.leased_until, job.failure = None, None, done.failure
        job.read_whole = False
        return
    job.unsure += not done.again
    end_job(session, job, Move.FAIL, actor=actor, failure=done.failure)
    work_of(job).give_up(session, tools, job, reason="station_failed", actor=actor)


def _was_lent_to(session: Session, job: Job, station: Station) -> bool:
    lent = select(JobLease.id).where(JobLease.job_id == job.id, JobLease.station_id == station.id)
    return session.scalar(lent.limit(1)) is not None
