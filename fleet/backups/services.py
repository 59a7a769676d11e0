"""Planning a backup, taking in its packs, and deciding whether it is complete."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.errors import (
    BackupEnded,
    BackupNotYours,
    BackupPaused,
    BackupUnderWay,
    NoRecipients,
    NotInStorage,
)
from fleet.backups.models import Backup, BackupPack
from fleet.backups.queries import held_backup, live_backups
from fleet.backups.storage import OBJECTS, manifest_name, pack_name, storage_of
from fleet.backups.uploads import uploads_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.contracts.keeping import Purpose
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobKind, JobState
from fleet.contracts.uploads import PieceQuery, UploadOut, UploadQuery
from fleet.counting import next_numbers
from fleet.database import beside_others, taken_hold_of, write
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.escrow.queries import recipients_of
from fleet.escrow.services import take_over
from fleet.people.models import Employee
from fleet.plans.queries import PLANS, Taken, taken_by
from fleet.stations.jobs import add_job
from fleet.stations.models import Job, JobLease
from fleet.vault.tools import Tools

ROOTS: Final = ("/sdcard",)

# Rooms further up that know what a phone is backed up for; filled by `fleet.wiring`.
PURPOSES: Final[list[Callable[[Session, Device], Purpose | None]]] = []


@dataclass(frozen=True)
class Asked:
    """What backups are planned for; `holders` are whose data is on each phone, by its id."""

    reason: str
    purpose: Purpose | None
    holders: Mapping[UUID, Employee]


@dataclass(frozen=True)
class Planned:
    """What became of each phone, by its id."""

    backups: dict[UUID, Backup] = field(default_factory=dict)
    refused: dict[UUID, FleetError] = field(default_factory=dict)


def plan_backup(
    session: Session,
    tools: Tools,
    device: Device,
    *,
    reason: str,
    actor: Actor,
    holder: Employee | None = None,
    purpose: Purpose | None = None,
) -> Backup:
    """Plan a backup of a phone; `holder` is whose data it is. Refused while one is under way.

    For how long it is kept follows from its purpose, which is worked out where none is named.
    """
    actor.require(Permission.BACKUPS_PLAN)
    asked = Asked(reason, purpose, {device.id: holder} if holder else {})
    planned = plan_backups(session, tools, [device], asked, actor=actor)
    for refusal in planned.refused.values():
        raise refusal
    return planned.backups[device.id]


def plan_backups(
    session: Session, tools: Tools, devices: Sequence[Device], asked: Asked, *, actor: Actor
) -> Planned:
    """Plan backups of these phones, in a fixed number of questions.

    Nothing is stored of what is refused. Without anybody to seal to, all of it is.
    """
    actor.require(Permission.BACKUPS_PLAN)
    planned = Planned()
    held = taken_hold_of(session, devices, joinedload(Device.told))
    for one in live_backups(session, held).values():
        refusal = BackupUnderWay(tag=one.device.tag, number=one.number)
        planned.refused[one.device_id] = refusal
    free = [one for one in held if one.id not in planned.refused]
    if not free:
        return planned
    recipients = _sealed_to(session, tools)
    plans = PLANS.newest(session).values()
    for device, number in zip(free, next_names(session, len(free)), strict=True):
        taken = taken_by(plans, device.known_facts)
        planned.backups[device.id] = _planned(
            session, device, number, asked, taken, recipients, actor
        )
    write(session)
    return planned


def _sealed_to(session: Session, tools: Tools) -> list[str]:
    take_over(session, tools.settings)
    recipients = recipients_of(session, tools.settings)
    if not recipients:
        raise NoRecipients
    return recipients


def _planned(
    session: Session,
    device: Device,
    number: str,
    asked: Asked,
    taken: Taken,
    recipients: Sequence[str],
    actor: Actor,
) -> Backup:
    backup = new_backup(
        session,
        device,
        number,
        id=uuid4(),
        holder=asked.holders.get(device.id),
        asked=asked.reason,
        purpose=asked.purpose or purpose_of(session, device),
        roots=list(ROOTS),
        excludes=taken.excludes,
        sources=[one.model_dump(mode="json") for one in taken.sources],
        spaces=list(taken.spaces),
        recipients=list(recipients),
        state=BackupState.PLANNED,
        planned_at=now(),
    )
    record(session, actor, events.BackupPlanned(**about(backup), asked=asked.reason))
    task = {"backup": str(backup.id)}
    backup.job = add_job(session, JobKind.BACKUP, device, task=task, actor=actor)
    return backup


def next_names(session: Session, count: int) -> list[str]:
    """Return the next numbers of backups of the year, as people say them."""
    year = now().year
    return [f"BK-{year}-{one:04d}" for one in next_numbers(session, f"backup-{year}", count)]


def new_backup(session: Session, device: Device, number: str, **known: Any) -> Backup:
    """Add a backup of which no more is known than this; the caller sends it."""
    backup = Backup(
        number=number,
        device=device,
        found=[],
        level=Level.NONE,
        reasons=[],
        packs=[],
        **dict.fromkeys(("files", "stored", "changed", "missing", "bytes", "tested_files"), 0),
        **known,
    )
    session.add(backup)
    return backup


def purpose_of(session: Session, device: Device) -> Purpose:
    found = (find(session, device) for find in PURPOSES)
    named = next((purpose for purpose in found if purpose is not None), None)
    if named is not None:
        return named
    return Purpose.RETURN if device.state is State.RETURNING else Purpose.ROUTINE


def may_store(session: Session, backup: Backup, *, actor: Actor) -> None:
    """Refuse anybody but the station that makes the backup now; asked before the bytes are read.

    Where it ended without being complete, whoever had read the phone whole may still complete it.
    """
    actor.require(Permission.BACKUPS_STORE)
    if backup.state is BackupState.PAUSED:
        raise BackupPaused(number=backup.number)
    if _is_late(session, backup, actor):
        return
    if not backup.is_live:
        raise BackupEnded(number=backup.number)
    job = session.get(Job, backup.job_id, populate_existing=True) if backup.job_id else None
    if job is None or job.state is not JobState.LEASED or job.station_id != actor.id:
        raise BackupNotYours(number=backup.number, station=actor.name)


def _is_late(session: Session, backup: Backup, actor: Actor) -> bool:
    """Tell whether a station that had the backup once has more of it than what it ended with."""
    if backup.is_under_way or backup.is_settled or backup.job_id is None:
        return False
    lent = JobLease.job_id == backup.job_id, JobLease.station_id == actor.id
    return session.scalar(select(JobLease.id).where(*lent).limit(1)) is not None


def receive_pack(tools: Tools, chunks: Iterable[bytes], *, digest: str, size: int) -> None:
    """Put the bytes of a pack into storage.

    It needs no database, so that no transaction is open while they come in; `store_pack` follows.
    """
    storage_of(tools.settings).put_pack(chunks, digest=digest, size=size)


def upload_of(
    session: Session, tools: Tools, backup: Backup, number: int, given: UploadQuery, *, actor: Actor
) -> UploadOut:
    """Say how much of a pack is here, so that the station goes on behind it."""
    actor.require(Permission.BACKUPS_STORE)
    may_store(session, backup, actor=actor)
    mine = BackupPack.backup_id == backup.id, BackupPack.number == number
    stored = session.scalar(select(BackupPack.digest).where(*mine))
    if given.digest is not None and (
        stored == given.digest
        or (_is_late(session, backup, actor) and _is_in_storage(tools, given.digest))
    ):
        return UploadOut(offset=0, stored=True)
    return UploadOut(offset=uploads_of(tools.settings).offset(backup, number, given.mark))


def _is_in_storage(tools: Tools, digest: str) -> bool:
    return storage_of(tools.settings).size_of(pack_name(digest)) is not None


def receive_piece(
    tools: Tools, backup: Backup, number: int, piece: bytes | bytearray, given: PieceQuery
) -> UploadOut:
    """Add a piece to a pack; where it was the last one, `store_pack` follows."""
    return uploads_of(tools.settings).add(backup, number, piece, given)


def receive_manifest(tools: Tools, chunks: Iterable[bytes], *, digest: str) -> None:
    """Put the bytes of a manifest into storage; the outcome of the job names it by its digest."""
    storage_of(tools.settings).put_manifest(chunks, digest=digest)


def receive_index(tools: Tools, chunks: Iterable[bytes], *, digest: str) -> None:
    """Put the bytes of a sealed index into storage; the manifest names it by its digest."""
    storage_of(tools.settings).put_index(chunks, digest=digest)


def base_manifest(
    session: Session, tools: Tools, backup: Backup, *, actor: Actor
) -> Iterator[bytes]:
    """Return the manifest that this backup goes on from, for the station that makes it."""
    actor.require(Permission.BACKUPS_STORE)
    may_store(session, backup, actor=actor)
    if backup.base is None or backup.base.manifest_digest is None:
        raise NotInStorage(digest="")
    return storage_of(tools.settings).read(manifest_name(backup.base.manifest_digest))


def store_pack(
    session: Session,
    tools: Tools,
    backup: Backup,
    *,
    number: int,
    digest: str,
    actor: Actor,
) -> BackupPack:
    """Note that a pack is in storage; the same number sent again takes the place of the earlier.

    What comes late takes nobody's place until its manifest is judged.
    """
    actor.require(Permission.BACKUPS_STORE)
    beside_others(session, OBJECTS)
    may_store(session, held_backup(session, backup), actor=actor)
    size = storage_of(tools.settings).size_of(pack_name(digest))
    if size is None:
        raise NotInStorage(digest=digest)
    mine = BackupPack.backup_id == backup.id, BackupPack.number == number
    late = _is_late(session, backup, actor)
    pack = None if late else session.scalar(select(BackupPack).where(*mine))
    if pack is None:
        pack = BackupPack(id=uuid4(), number=number)
    if not late:
        pack.backup = backup
        session.add(pack)
    pack.digest, pack.size, pack.stored_at = digest, size, now()
    pack.sealed_to = sealed_to(backup.recipients)
    write(session)
    return pack


def about(backup: Backup) -> events.About:
    return {
        "subject_id": backup.id,
        "subject_name": backup.number,
        "device": backup.device.tag,
    }
