"""What becomes of a backup: the server reads the manifest itself and judges what it says."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.completeness import Counts, Verdict, judge
from fleet.backups.errors import BackupEnded, NotInStorage
from fleet.backups.manifests import ManifestUnreadable, read_manifest
from fleet.backups.models import Backup, BackupPack
from fleet.backups.queries import backup_of
from fleet.backups.services import about
from fleet.backups.storage import Storage, pack_name, storage_of
from fleet.contracts.backups import BackupOutcome, BackupState, BackupTask, ManifestHead
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.stations import JobDone
from fleet.database import write
from fleet.stations.errors import OutcomeMissing
from fleet.stations.jobs import finish_early
from fleet.stations.models import Job, Station
from fleet.stations.outcomes import Work
from fleet.vault.tools import Tools


def make_task(session: Session, tools: Tools, job: Job, station: Station) -> BackupTask:
    backup = backup_of(session, job.task["backup"])
    if not backup.is_live:
        raise BackupEnded(number=backup.number)
    backup.state, backup.station = BackupState.RUNNING, station
    return BackupTask(
        backup=str(backup.id),
        roots=backup.roots,
        excludes=backup.excludes,
        recipients=backup.recipients,
        pack_bytes=tools.settings.pack_bytes,
    )


def settle(
    session: Session, tools: Tools, job: Job, done: JobDone, *, late: bool, actor: Actor
) -> None:
    """Judge the manifest; what is heard late counts where it makes the backup complete."""
    if done.backup is None:
        raise OutcomeMissing(job=done.job, kind=job.kind.value)
    backup = backup_of(session, job.task["backup"])
    if backup.state is BackupState.COMPLETE:
        return
    head, verdict = _judged(storage_of(tools.settings), backup, done.backup)
    if late and not verdict.complete:
        return
    _write_down(session, tools, backup, done.backup, head, verdict, actor)
    finish_early(session, backup.job_id, actor=actor)


def give_up(session: Session, _tools: Tools, job: Job, *, reason: str, actor: Actor) -> None:
    backup = backup_of(session, job.task["backup"])
    if backup.is_live:
        backup.reasons = [job.failure or reason]
        _end(session, backup, BackupState.FAILED, Level.NONE, actor)


def _judged(
    storage: Storage, backup: Backup, outcome: BackupOutcome
) -> tuple[ManifestHead | None, Verdict]:
    """Return the manifest's head and what the server makes of it; without one nothing is so."""
    if outcome.manifest is None:
        return None, _faulty(outcome.sentence or outcome.reason or "there is no manifest")
    try:
        head, files = read_manifest(storage, outcome.manifest)
        present = {name for name in head.packs if storage.size_of(pack_name(name)) is not None}
        verdict = judge(head, files, present)
    except NotInStorage:
        return None, _faulty("the manifest never arrived")
    except ManifestUnreadable as unreadable:
        return None, _faulty(str(unreadable))
    faults = (*verdict.faults, *_not_what_was_asked(backup, head, outcome))
    return head, Verdict(verdict.counts, faults, verdict.missing)


def _not_what_was_asked(backup: Backup, head: ManifestHead, outcome: BackupOutcome) -> list[str]:
    """A manifest may be whole and still be that of another phone, or of less than was asked."""
    faults = []
    if head.backup not in {str(backup.id), backup.number}:
        faults.append("the manifest is that of another backup")
    if head.serial != backup.device.serial:
        faults.append("the manifest is that of another phone")
    if head.roots != backup.roots or head.excludes != backup.excludes:
        faults.append("other folders were read than asked")
    if outcome.state != "complete":
        faults.append(outcome.sentence or outcome.reason or "the station ended it early")
    return faults


def _faulty(why: str) -> Verdict:
    return Verdict(Counts(), (why,))


def _write_down(
    session: Session,
    tools: Tools,
    backup: Backup,
    outcome: BackupOutcome,
    head: ManifestHead | None,
    verdict: Verdict,
    actor: Actor,
) -> None:
    counts = verdict.counts
    backup.files, backup.bytes = counts.files, counts.bytes
    backup.stored, backup.changed, backup.missing = counts.stored, counts.changed, counts.missing
    backup.reasons = verdict.reasons
    if head is not None:
        backup.manifest_digest, backup.started_at = outcome.manifest, head.started_at
        _name_packs(session, storage_of(tools.settings), backup, head.packs)
    state = BackupState.COMPLETE if verdict.complete else BackupState.INCOMPLETE
    if outcome.state == "failed":
        state = BackupState.FAILED
    _end(session, backup, state, verdict.level, actor)


def _name_packs(session: Session, storage: Storage, backup: Backup, digests: list[str]) -> None:
    """Let the rows be what the manifest says and the storage has."""
    backup.packs = []
    write(session)
    sizes = {digest: storage.size_of(pack_name(digest)) for digest in digests}
    backup.packs = [
        BackupPack(number=number, digest=digest, size=size, stored_at=now())
        for number, digest in enumerate(digests, start=1)
        if (size := sizes[digest]) is not None
    ]


def _end(session: Session, backup: Backup, state: BackupState, level: Level, actor: Actor) -> None:
    backup.state, backup.level, backup.ended_at = state, level, now()
    ended = events.BackupEndedAs(
        **about(backup),
        state=state,
        level=level,
        files=backup.files,
        missing=backup.missing,
        manifest=backup.manifest_digest,
    )
    record(session, actor, ended)
    write(session)


BACKUP: Final = Work(make_task=make_task, settle=settle, give_up=give_up)
