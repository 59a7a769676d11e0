"""What becomes of a backup: the server reads the manifest itself and judges what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.audit.signing import signing_key
from fleet.backups import events
from fleet.backups.chains import base_of, name_key
from fleet.backups.completeness import Counts, Verdict, judge
from fleet.backups.errors import BackupEnded, NotInStorage
from fleet.backups.manifests import ManifestUnreadable, read_manifest
from fleet.backups.models import Backup, BackupPack
from fleet.backups.queries import backup_of, held_backup
from fleet.backups.services import about
from fleet.backups.storage import OBJECTS, Storage, index_name, pack_name, storage_of
from fleet.contracts.backups import (
    BackupOutcome,
    BackupState,
    BackupTask,
    ManifestHead,
    ManifestSeal,
)
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.contracts.proof import Level
from fleet.contracts.seals import countersign, is_signed
from fleet.contracts.stations import JobDone
from fleet.database import beside_others, write
from fleet.escrow.queries import recipients_of
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import finish_early, sealed_for
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault.tools import Tools

ALL: Final = 100  # percent


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> BackupTask:
    backup = _of(session, job)
    if not backup.is_live:
        raise BackupEnded(number=backup.number)
    if backup.station is None:
        _begin(session, tools, backup)
    backup.state, backup.station = BackupState.RUNNING, station
    return BackupTask(
        backup=str(backup.id),
        roots=backup.roots,
        excludes=backup.excludes,
        recipients=backup.recipients,
        pack_bytes=tools.settings.pack_bytes,
        sealed_names=sealed_for(station, job, name_key(session, tools, backup.device)),
        base=backup.base.manifest_digest if backup.base else None,
        compare=backup.compare,
        sources=backup.asked_sources,
        spaces=backup.spaces,
    )


def _of(session: Session, job: Job) -> Backup:
    return held_backup(session, backup_of(session, job.task["backup"]))


def _begin(session: Session, tools: Tools, backup: Backup) -> None:
    """Decide at its first visit to whom it is sealed, from what it goes on, how much is compared.

    A later visit goes on with the same: packs are made by then.
    """
    backup.recipients = recipients_of(session, tools.settings)
    base = base_of(session, tools, backup.device, backup.recipients)
    backup.base, backup.chain = base, base.chain + 1 if base else 0
    backup.compare = tools.settings.backup_compare_percent


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Judge the manifest; what is heard late counts where it makes the backup complete."""
    if done.backup is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    beside_others(session, OBJECTS)
    backup = _of(session, job)
    if backup.is_settled:
        return
    station = session.get_one(Station, actor.id) if late else backup.station
    judged = _judged(session, tools, backup, done.backup, station)
    if late and not judged.verdict.complete:
        return
    backup.station = station
    _write_down(session, tools, backup, done.backup, judged, actor)
    finish_early(session, backup.job_id, actor=actor)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    backup = _of(session, job)
    if backup.is_under_way:
        backup.reasons = [job.failure or reason]
        _end(session, backup, BackupState.FAILED, Level.NONE, actor)


@dataclass(frozen=True)
class Judged:
    """What the server makes of a manifest; without a head nothing is so."""

    head: ManifestHead | None
    verdict: Verdict
    packs: tuple[BackupPack, ...] = ()  # those that are in storage


def _judged(
    session: Session,
    tools: Tools,
    backup: Backup,
    outcome: BackupOutcome,
    station: Station | None,
) -> Judged:
    if outcome.manifest is None:
        return _faulty(outcome.sentence or outcome.reason or "there is no manifest")
    storage = storage_of(tools.settings)
    try:
        head, files = read_manifest(storage, outcome.manifest)
        if strange := _of_another(backup, head):
            return _faulty(strange)
        packs = _in_storage(session, storage, backup, head.packs)
        present = {pack.first_digest or pack.digest for pack in packs}
        verdict = judge(head, files, present, backup.asked_sources, backup.spaces)
    except NotInStorage:
        return _faulty("the manifest never arrived")
    except ManifestUnreadable as unreadable:
        return _faulty(str(unreadable))
    faults = (
        *verdict.faults,
        *_not_what_was_asked(backup, head, outcome),
        *_not_from_base(backup, head),
        *_not_compared(backup, verdict),
        *_not_signed(storage, backup, station, head, outcome),
    )
    return Judged(head, replace(verdict, faults=faults), tuple(packs))


def _of_another(backup: Backup, head: ManifestHead) -> str | None:
    """Nothing that is named by the manifest of another backup becomes part of this one."""
    if head.backup not in {str(backup.id), backup.number}:
        return "the manifest is that of another backup"
    if head.serial != backup.device.serial:
        return "the manifest is that of another phone"
    return None


def _in_storage(
    session: Session, storage: Storage, backup: Backup, digests: list[str]
) -> list[BackupPack]:
    """Return a row for each named pack that is there; one sealed anew is as it is kept by now.

    One that this backup has no row of may have been its own, before another station began anew;
    but not where a backup that it does not go on from names it.
    """
    known = {**_by_first_digest(backup.packs), **_of_base(backup)}
    rows = []
    for number, first in enumerate(digests, start=1):
        kept = known.get(first)
        if kept is None and _is_anothers(session, first):
            continue
        digest = kept.digest if kept else first
        size = storage.size_of(pack_name(digest))
        if size is not None:
            rows.append(
                BackupPack(
                    id=uuid4(),
                    number=number,
                    digest=digest,
                    size=size,
                    stored_at=now(),
                    sealed_to=kept.sealed_to if kept else sealed_to(backup.recipients),
                    first_digest=kept.first_digest if kept else None,
                )
            )
    return rows


def _is_anothers(session: Session, digest: str) -> bool:
    named = or_(BackupPack.digest == digest, BackupPack.first_digest == digest)
    return session.scalar(select(BackupPack.id).where(named).limit(1)) is not None


def _of_base(backup: Backup) -> dict[str, BackupPack]:
    """Return the packs that this backup may go on from, by what manifests call them."""
    return _by_first_digest(backup.base.packs) if backup.base else {}


def _by_first_digest(packs: Sequence[BackupPack]) -> dict[str, BackupPack]:
    return {pack.first_digest or pack.digest: pack for pack in packs}


def _index_now(backup: Backup, head: ManifestHead) -> str:
    """Return what the index is called by now: it may have been sealed anew before this is heard."""
    resealed = backup.index_digest if backup.index_first_digest == head.index else None
    return resealed or head.index


def _not_from_base(backup: Backup, head: ManifestHead) -> list[str]:
    """What is said to be stored already must have been, by an earlier backup of this very phone.

    A station that could not ask for it has stored everything anew, which is as good.
    """
    if head.base is None and not head.carried:
        return []
    if head.base != (backup.base.manifest_digest if backup.base else None):
        return ["it goes on from another backup than asked"]
    strange = set(head.packs[: head.carried]) - _of_base(backup).keys()
    return [f"{len(strange)} packs are of no earlier backup of this phone"] if strange else []


def _not_compared(backup: Backup, verdict: Verdict) -> list[str]:
    if verdict.counts.uncompared and backup.compare >= ALL:
        return [f"{verdict.counts.uncompared} files were not compared, and all were to be"]
    return []


def _not_signed(
    storage: Storage,
    backup: Backup,
    station: Station | None,
    head: ManifestHead,
    outcome: BackupOutcome,
) -> list[str]:
    """A manifest counts when the station that made it has signed it with the key we know."""
    seal = outcome.seal
    if seal is None or station is None or not is_signed(seal):
        return ["the manifest is not signed by its station"]
    meant = (head.backup, head.serial, outcome.manifest, head.index)
    if (seal.backup, seal.serial, seal.manifest, seal.index) != meant:
        return ["the signature is of another manifest"]
    if seal.station_key != (station.signing_key or seal.station_key):
        return ["the manifest is signed with another key than the station's"]
    if storage.size_of(index_name(_index_now(backup, head))) is None:
        return ["the index never arrived"]
    return []


def _not_what_was_asked(backup: Backup, head: ManifestHead, outcome: BackupOutcome) -> list[str]:
    """A manifest may be whole and still be of less than was asked."""
    faults = []
    if head.roots != backup.roots or head.excludes != backup.excludes:
        faults.append("other folders were read than asked")
    if outcome.state != "complete":
        faults.append(outcome.sentence or outcome.reason or "the station ended it early")
    return faults


def _faulty(why: str) -> Judged:
    return Judged(None, Verdict(Counts(), (why,)))


def _write_down(
    session: Session,
    tools: Tools,
    backup: Backup,
    outcome: BackupOutcome,
    judged: Judged,
    actor: Actor,
) -> None:
    head, verdict, counts = judged.head, judged.verdict, judged.verdict.counts
    backup.files, backup.bytes = counts.files, counts.bytes
    backup.stored, backup.changed, backup.missing = counts.stored, counts.changed, counts.missing
    backup.carried, backup.uncompared = counts.carried, counts.uncompared
    backup.reasons = verdict.reasons
    backup.found = [one.model_dump(mode="json") for one in verdict.sources]
    if head is not None:
        backup.manifest_digest, backup.started_at = outcome.manifest, head.started_at
        if head.base is None:
            backup.base, backup.chain = None, 0
        _name_index(backup, head)
        _name_packs(session, backup, judged.packs)
    if verdict.complete and outcome.seal and backup.station:
        _countersign(tools, backup, outcome.seal, backup.station)
    state = BackupState.COMPLETE if verdict.complete else BackupState.INCOMPLETE
    if outcome.state == "failed":
        state = BackupState.FAILED
    _end(session, backup, state, verdict.level, actor)


def _countersign(tools: Tools, backup: Backup, seal: ManifestSeal, station: Station) -> None:
    """Sign after the station, and keep both signatures beside the manifest they are of."""
    station.signing_key = seal.station_key
    ours = signing_key(tools.settings.checkpoint_key)
    countersigned = countersign(ours, seal, station=station.name)
    backup.seal_digest = storage_of(tools.settings).put_seal(countersigned)
    backup.sealed_by = station.name


def _name_index(backup: Backup, head: ManifestHead) -> None:
    if backup.index_first_digest != head.index:
        backup.index_digest, backup.index_first_digest = head.index, None
        backup.index_sealed_to = sealed_to(backup.recipients)


def _name_packs(session: Session, backup: Backup, packs: Sequence[BackupPack]) -> None:
    """Let the rows be what the manifest says and the storage has."""
    backup.packs = []
    write(session)
    backup.packs = list(packs)


def _end(session: Session, backup: Backup, state: BackupState, level: Level, actor: Actor) -> None:
    backup.state, backup.level, backup.ended_at = state, level, now()
    ended = events.BackupEndedAs(
        **about(backup),
        state=state,
        level=level,
        files=backup.files,
        missing=backup.missing,
        manifest=backup.manifest_digest,
        index=backup.index_digest,
        base=backup.base.number if backup.base else None,
        sealed_by=backup.sealed_by,
    )
    record(session, actor, ended)
    write(session)


def is_wanted(session: Session, job: Job) -> bool:
    """Another station failed at it; whoever has read the phone whole may still complete it."""
    return not backup_of(session, job.task["backup"]).is_settled


BACKUP: Final = Work(make_task=make_task, settle=settle, give_up=give_up, is_wanted=is_wanted)
