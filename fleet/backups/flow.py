"""Pausing a backup, going on with it, and giving it up."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.errors import BackupEnded
from fleet.backups.models import Backup, BackupPack
from fleet.backups.queries import held_backup
from fleet.backups.services import about
from fleet.backups.storage import OBJECTS, pack_name, storage_of
from fleet.backups.uploads import uploads_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import in_turn, write
from fleet.stations.jobs import end_job, hold_job
from fleet.stations.lifecycle import LIVE, Move
from fleet.stations.queries import held_job
from fleet.vault.tools import Tools


def pause(session: Session, backup: Backup, *, actor: Actor) -> None:
    """Have the station stop at the next file; what it has made stays where it is.

    Its phone is free for other jobs meanwhile. Said again, it changes nothing.
    """
    actor.require(Permission.BACKUPS_PLAN)
    backup = _under_way(session, backup)
    if backup.state is BackupState.PAUSED:
        return
    backup.state = BackupState.PAUSED
    if backup.job is not None and backup.job.state in LIVE:
        hold_job(backup.job)
    record(session, actor, events.BackupWasPaused(**about(backup)))
    write(session)


def resume(session: Session, backup: Backup, *, actor: Actor) -> None:
    """Go on with a paused backup, at whichever station the phone is now."""
    actor.require(Permission.BACKUPS_PLAN)
    backup = _under_way(session, backup)
    if backup.state is not BackupState.PAUSED:
        return
    backup.state = BackupState.PLANNED
    if backup.job is not None:
        backup.job.held = False
    record(session, actor, events.BackupResumed(**about(backup)))
    write(session)


def cancel(session: Session, tools: Tools, backup: Backup, *, actor: Actor) -> None:
    """Give a backup up: the station removes what it has, and here goes what no other one needs."""
    actor.require(Permission.BACKUPS_PLAN)
    _job_first(session, backup)
    in_turn(session, OBJECTS)
    backup = _under_way(session, backup)
    backup.state, backup.ended_at = BackupState.CANCELLED, now()
    if backup.job is not None and backup.job.state in LIVE:
        end_job(session, backup.job, Move.CANCEL, actor=actor)
    only_here = _only_here(session, backup)
    backup.packs = []
    cancelled = events.BackupCancelled(**about(backup), packs=len(only_here))
    record(session, actor, cancelled)
    write(session)
    uploads_of(tools.settings).forget(backup)
    storage_of(tools.settings).delete([pack_name(digest) for digest in only_here])


def _under_way(session: Session, backup: Backup) -> Backup:
    """Return the backup as it is now, held with its job; refuse one that ended."""
    _job_first(session, backup)
    held = held_backup(session, backup)
    if not held.is_under_way:
        raise BackupEnded(number=held.number)
    return held


def _job_first(session: Session, backup: Backup) -> None:
    """Whoever holds both takes the job before the backup, as one who hears of it does."""
    if backup.job is not None:
        held_job(session, backup.job)


def _only_here(session: Session, backup: Backup) -> list[str]:
    """Return the digests of packs that no other backup names."""
    other = aliased(BackupPack)
    elsewhere = select(other.id).where(
        other.digest == BackupPack.digest, other.backup_id != backup.id
    )
    mine = select(BackupPack.digest).where(BackupPack.backup_id == backup.id, ~elsewhere.exists())
    return list(session.scalars(mine))
