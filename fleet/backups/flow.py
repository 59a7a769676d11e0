"""Pausing a backup, going on with it, and giving it up."""

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import events
from fleet.backups.errors import BackupEnded
from fleet.backups.models import Backup
from fleet.backups.queries import held_backup
from fleet.backups.services import about
from fleet.backups.uploads import uploads_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write
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
    """Give a backup up: the station removes what it has; what is stored here goes by its time."""
    actor.require(Permission.BACKUPS_PLAN)
    backup = _under_way(session, backup)
    backup.state, backup.ended_at = BackupState.CANCELLED, now()
    if backup.job is not None and backup.job.state in LIVE:
        end_job(session, backup.job, Move.CANCEL, actor=actor)
    record(session, actor, events.BackupCancelled(**about(backup), packs=len(backup.packs)))
    write(session)
    uploads_of(tools.settings).forget(backup)


def _under_way(session: Session, backup: Backup) -> Backup:
    """Return the backup as it is now, held with its job; refuse one that ended."""
    if backup.job is not None:
        held_job(session, backup.job)  # as one who hears of it does: first the job
    held = held_backup(session, backup)
    if not held.is_under_way:
        raise BackupEnded(number=held.number)
    return held
