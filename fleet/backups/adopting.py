"""Taking over what a station has begun while this server was away, or refusing it.

It is decided once, by what is so when it is heard: nothing of it is stored before. What was decided
is kept under the station's own name for it, so that it may be offered any number of times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import errors, events
from fleet.backups.begun import refusal_of
from fleet.backups.kits import OUT, Ticket, make_kits, opened
from fleet.backups.models import Backup, BegunBackup
from fleet.backups.queries import latest_complete, live_backup
from fleet.backups.services import about, new_backup, next_names, purpose_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.offline import Begun, BegunRefused
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import Source
from fleet.contracts.stations import JobKind, JobState
from fleet.contracts.words import speaking
from fleet.database import PASSING, write
from fleet.devices.models import Device
from fleet.devices.queries import device_by_serial, held_still
from fleet.errors import FleetError, Unavailable
from fleet.escrow.queries import recipients_of
from fleet.people.models import Employee
from fleet.plans.queries import allowed_since
from fleet.stations.jobs import adopt_job
from fleet.stations.models import Job, JobLease, Station
from fleet.stations.offline import Heard, Offline
from fleet.vault.tools import Tools

CLOCK_SLACK: Final = timedelta(minutes=5)
ASKED: Final = "begun without the server: {why}"

# Whether anybody else held a phone at some time between two moments; filled by `fleet.wiring`.
HELD_BY_OTHERS: Final[list[Callable[[Session, UUID, UUID | None, datetime, datetime], bool]]] = []


def adopt(
    session: Session,
    tools: Tools,
    station: Station,
    begun: Sequence[Begun],
    sent_at: datetime | None,
    *,
    actor: Actor,
) -> Heard:
    """Say of each whether it is a backup now, or why it is none; of some that is told later."""
    actor.require(Permission.BACKUPS_STORE)
    slow = now() - sent_at if sent_at else timedelta()
    adopted, refused = [], []
    for one in begun:
        row = _known(session, one) or _decided(session, tools, station, _by_ours(one, slow), actor)
        if row is None:
            continue
        if row.station_id != station.id or str(row.job_id) != one.job:
            refused.append(_told(one, errors.BegunByAnother(serial=one.serial)))
        elif row.refusal is not None:
            refused.append(_told(one, refusal_of(row)))
        else:
            adopted.append(one.job)
    return Heard(adopted, refused)


def _told(one: Begun, refusal: FleetError) -> BegunRefused:
    with speaking("en"):  # a station's own log has one language
        return BegunRefused(job=one.job, code=refusal.code, message=str(refusal))


def _known(session: Session, one: Begun) -> BegunBackup | None:
    return session.get(BegunBackup, UUID(one.backup))


def _by_ours(one: Begun, slow: timedelta) -> Begun:
    """Return it with its moments as this server's clock had them."""
    moved = {"begun_at": min(one.begun_at + slow, now())}
    if one.whole_at is not None:
        moved["whole_at"] = min(one.whole_at + slow, now())
    return one.model_copy(update=moved)


def _decided(
    session: Session, tools: Tools, station: Station, one: Begun, actor: Actor
) -> BegunBackup | None:
    """Adopt it or refuse it for good; None where that can be told only later."""
    device = device_by_serial(session, one.serial)
    try:
        with session.begin_nested():
            return _adopted(session, tools, station, device, one, actor)
    except PASSING:
        raise
    except (Later, Unavailable):
        return None
    except FleetError as refusal:
        return _refused(session, station, device, one, refusal, actor)


class Later(Exception):
    """The phone is worked on elsewhere, or not all was told: it is offered again."""


def _adopted(
    session: Session,
    tools: Tools,
    station: Station,
    device: Device | None,
    one: Begun,
    actor: Actor,
) -> BegunBackup:
    if one.ticket is None:
        raise Later
    ticket = opened(tools, station, one.serial, one.ticket)
    if device is None or device.id != ticket.device:
        raise errors.KitUnknown(serial=one.serial)
    device = held_still(session, device)
    asked = Asked(session, tools, device, ticket, one)
    for check in CHECKS:
        check(asked)
    base = _base(asked)
    (number,) = next_names(session, 1)
    backup = new_backup(
        session,
        device,
        number,
        id=UUID(one.backup),
        holder=session.get(Employee, ticket.holder) if ticket.holder else None,
        asked=ASKED.format(why=one.why.value),
        purpose=purpose_of(session, device),
        roots=ticket.roots,
        excludes=ticket.excludes,
        sources=[source.model_dump(mode="json") for source in ticket.sources],
        spaces=ticket.spaces,
        recipients=ticket.recipients,
        compare=ticket.compare,
        state=BackupState.RUNNING,
        station=station,
        base=base,
        chain=base.chain + 1 if base else 0,
        planned_at=one.begun_at,
    )
    write(session)
    backup.job = adopt_job(
        session,
        tools,
        JobKind.BACKUP,
        device,
        station,
        key=UUID(one.job),
        task={"backup": str(backup.id)},
        begun_at=one.begun_at,
        read_whole=one.whole_at is not None,
        actor=actor,
    )
    adopted = events.BackupAdopted(
        **about(backup),
        station=station.name,
        begun_at=one.begun_at,
        why=one.why,
        said_by=one.by,
        read_whole=one.whole_at is not None,
    )
    record(session, actor, adopted)
    return _kept(session, station, device, one, backup=backup)


def _refused(
    session: Session,
    station: Station,
    device: Device | None,
    one: Begun,
    refusal: FleetError,
    actor: Actor,
) -> BegunBackup:
    kept = _kept(session, station, device, one, refusal=refusal.code, details=refusal.details)
    refused = events.BegunBackupRefused(
        subject_id=kept.id,
        subject_name=device.tag if device else one.serial,
        station=station.name,
        begun_at=one.begun_at,
        why=one.why,
        code=refusal.code,
    )
    record(session, actor, refused)
    write(session)
    return kept


def _kept(
    session: Session, station: Station, device: Device | None, one: Begun, **settled: Any
) -> BegunBackup:
    row = BegunBackup(
        id=UUID(one.backup),
        station=station,
        station_id=station.id,
        device=device,
        job_id=UUID(one.job),
        serial=one.serial,
        begun_at=one.begun_at,
        heard_at=now(),
        why=one.why,
        said_by=one.by,
        **settled,
    )
    session.add(row)
    write(session)
    return row


@dataclass(frozen=True)
class Asked:
    """What is to be decided on; it lasted, or lasts, from `begun` until `end`."""

    session: Session
    tools: Tools
    device: Device
    ticket: Ticket
    one: Begun

    @property
    def tag(self) -> str:
        return self.device.tag

    @property
    def is_whole(self) -> bool:
        return self.one.whole_at is not None

    @property
    def end(self) -> datetime:
        return self.one.whole_at or now()


def _in_time(asked: Asked) -> None:
    begun, ticket = asked.one.begun_at, asked.ticket
    if not ticket.issued_at - CLOCK_SLACK <= begun <= ticket.until:
        until = ticket.until.isoformat(timespec="minutes")
        raise errors.KitExpired(tag=asked.tag, until=until)


def _is_ours(asked: Asked) -> None:
    if asked.device.state in OUT:
        raise errors.PhoneIsOut(tag=asked.tag, state=asked.device.state.value)


def _to_present_keys(asked: Asked) -> None:
    present = recipients_of(asked.session, asked.tools.settings)
    if not {*asked.ticket.recipients} <= {*present}:
        raise errors.RecipientRetired(tag=asked.tag)


def _of_one_holder(asked: Asked) -> None:
    """Whoever else had it since the kit was made may have left data on it."""
    ticket = asked.ticket
    span = ticket.issued_at, asked.end
    if any(ask(asked.session, ticket.device, ticket.holder, *span) for ask in HELD_BY_OTHERS):
        raise errors.HolderChanged(tag=asked.tag)


def _not_wiped(asked: Asked) -> None:
    wiped = (
        select(Job.id)
        .join(JobLease, JobLease.job_id == Job.id)
        .where(
            Job.device_id == asked.device.id,
            Job.kind == JobKind.WIPE,
            JobLease.leased_at < asked.end,
            or_(Job.ended_at.is_(None), Job.ended_at > asked.ticket.issued_at),
        )
    )
    if asked.session.scalar(wiped.limit(1)) is not None:
        raise errors.WipedMeanwhile(tag=asked.tag)


def _not_more_than_allowed(asked: Asked) -> None:
    """What any plan in force since it was begun does not allow is not stored, packs being shut."""
    ticket, session = asked.ticket, asked.session
    for allowed in allowed_since(session, asked.one.begun_at):
        for source in ticket.sources:
            if not any(_allows(one, source, ticket.excludes) for one in allowed):
                raise errors.PlanTakesLess(tag=asked.tag, source=source.id)


def _allows(allowed: Source, taken: Source, left_out: Sequence[str]) -> bool:
    return (
        (allowed.id, allowed.kind, allowed.provider) == (taken.id, taken.kind, taken.provider)
        and {*taken.places} <= {*allowed.places}
        and {*taken.columns} <= {*allowed.columns}
        and taken.spaces in {"own", allowed.spaces}
        and {*allowed.excludes} <= {*left_out}
    )


def _still_wanted(asked: Asked) -> None:
    """What was read whole is one backup more; what was not is needless where another is made."""
    if asked.is_whole:
        return
    other = live_backup(asked.session, asked.device)
    newest = latest_complete(asked.session, asked.device)
    if other is not None and other.state is not BackupState.PLANNED:
        raise errors.MadeMeanwhile(tag=asked.tag, number=other.number)
    if newest and newest.started_at and newest.started_at > asked.one.begun_at:
        raise errors.MadeMeanwhile(tag=asked.tag, number=newest.number)


def _phone_is_free(asked: Asked) -> None:
    at_it = Job.device_id == asked.device.id, Job.state == JobState.LEASED, ~Job.read_whole
    if not asked.is_whole and asked.session.scalar(select(Job.id).where(*at_it).limit(1)):
        raise Later


CHECKS: Final[Sequence[Callable[[Asked], None]]] = (
    _in_time,
    _is_ours,
    _to_present_keys,
    _of_one_holder,
    _not_wiped,
    _not_more_than_allowed,
    _still_wanted,
    _phone_is_free,
)


def _base(asked: Asked) -> Backup | None:
    """Return from what it goes on, where that is still as it was."""
    if not asked.one.goes_on:
        return None
    found = asked.session.get(Backup, asked.ticket.base) if asked.ticket.base else None
    if found is None or found.state is not BackupState.COMPLETE:
        raise errors.BaseGone(tag=asked.tag)
    return found


OFFLINE_BACKUPS: Final = Offline(make_kits=make_kits, adopt=adopt)
