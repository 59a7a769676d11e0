"""Deletion of backups: marked first, then deleted and asked after, in steps that can be repeated.

Whoever dies between two steps leaves a mark, and the next run goes on from it. An object goes only
when no other backup names it; from that question until the commit nobody can begin to name it.
"""

from collections.abc import Sequence
from enum import Enum, auto
from math import inf
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, sessionmaker

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.backups.errors import BackupGoingAlready, StillInStorage
from fleet.backups.models import Backup, BackupPack
from fleet.backups.services import about
from fleet.backups.storage import OBJECTS, Storage, pack_name, storage_of
from fleet.contracts.backups import UNDER_WAY, BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import (
    DeletionCause,
    DeletionOut,
    DeletionQuery,
)
from fleet.contracts.permissions import Permission
from fleet.database import in_turn, reading, write
from fleet.devices.models import Device
from fleet.keeping.drills import cancel_drills
from fleet.keeping.errors import (
    BackupBeingOpened,
    BackupPreserved,
    BackupStillNeeded,
    PhoneBeingBackedUp,
)
from fleet.keeping.events import BackupDeleted, DeletionBegun, DeletionMarked
from fleet.keeping.expiring import Expiry, expiry, needed_among
from fleet.keeping.models import BackupDeletion
from fleet.keeping.objects import digest_in, papers_of, shared_packs
from fleet.keeping.preserving import preservations_of, preserved
from fleet.openings.queries import in_force
from fleet.openings.sealed import traces_of
from fleet.paging import containing, page
from fleet.settings import Settings

AT_ONCE: Final = 100  # objects deleted in one transaction
SORTS: Final = {"marked_at": BackupDeletion.marked_at, "ended_at": BackupDeletion.ended_at}
EXPIRED: Final = "over its time"


class Went(Enum):
    """How far a step went; nowhere where it is preserved by now, or others have ended it."""

    ON = auto()
    TO_THE_END = auto()
    NOWHERE = auto()


def expire(session: Session, *, actor: Actor) -> Expiry:
    """Mark what is over its time, so many at most in one run; `carry_out` deletes it."""
    actor.require(Permission.BACKUPS_DELETE)
    in_turn(session, OBJECTS)
    found = expiry(session, actor=actor)
    by_id = {one.id: one for one in found.due}
    rows = select(Backup).where(Backup.id.in_(by_id)).options(joinedload(Backup.device))
    for backup in session.scalars(rows.order_by(Backup.number)):
        _mark(session, backup, DeletionCause.EXPIRED, EXPIRED, actor)
    write(session)
    return found


def expire_by_itself(session: Session) -> int:
    """Mark what is over its time: a chore."""
    return len(expire(session, actor=SYSTEM).due)


def delete_backup(session: Session, backup: Backup, *, reason: str, actor: Actor) -> BackupDeletion:
    """Mark one backup, whatever its age; `carry_out` deletes it."""
    actor.require(Permission.BACKUPS_DELETE)
    in_turn(session, OBJECTS)
    require_deletable(session, backup)
    return _mark(session, backup, DeletionCause.ASKED, reason, actor)


def require_deletable(session: Session, backup: Backup) -> None:
    """Refuse what goes already, what is preserved, read or still needed."""
    session.refresh(backup, ["state"])
    if backup.is_going:
        raise BackupGoingAlready(number=backup.number)
    running = Backup.device_id == backup.device_id, Backup.state.in_(UNDER_WAY)
    if session.scalar(select(Backup.id).where(*running).limit(1)) is not None:
        raise PhoneBeingBackedUp(number=backup.number, tag=backup.device.tag)
    keeping = preservations_of(session, backup)
    if keeping:
        names = ", ".join(one.number for one in keeping)
        raise BackupPreserved(number=backup.number, preservations=names)
    for opening in in_force(session, [backup.id]).values():
        raise BackupBeingOpened(number=backup.number, opening=opening)
    if needed_among(session, [backup.id]):
        raise BackupStillNeeded(number=backup.number, tag=backup.device.tag)


def carry_out(
    sessions: sessionmaker[Session], settings: Settings, *, seconds: float | None = None
) -> int:
    """Delete what is marked, backup by backup and step by step; return how many have ended.

    Each step is a transaction of its own, so that nobody waits long and little is repeated.
    """
    storage, ended, stuck = storage_of(settings), 0, None
    until = inf if seconds is None else monotonic() + seconds
    for key in _marked(sessions):
        try:
            ended += _all_of(sessions, storage, key, until)
        except StillInStorage as refusal:
            stuck = refusal  # of one object alone: what else is marked goes all the same
    if stuck is not None:
        raise stuck
    return ended


def _all_of(sessions: sessionmaker[Session], storage: Storage, key: UUID, until: float) -> bool:
    """Delete a backup's objects as long as there is time; tell whether it has ended by that."""
    went = Went.ON
    while went is Went.ON and monotonic() < until:
        with sessions.begin() as session:
            went = _step(session, storage, key)
    return went is Went.TO_THE_END


def left(session: Session) -> int:
    """Count the backups that are marked and could go now."""
    marked = Backup.state == BackupState.DELETING
    return session.scalar(select(func.count()).select_from(Backup).where(marked, ~preserved())) or 0


def _marked(sessions: sessionmaker[Session]) -> Sequence[UUID]:
    going = select(Backup.id).join(BackupDeletion, BackupDeletion.backup_id == Backup.id)
    going = going.where(Backup.state == BackupState.DELETING, ~preserved())
    with sessions() as session:
        return (
            reading(session).scalars(going.order_by(BackupDeletion.marked_at, Backup.number)).all()
        )


def _step(session: Session, storage: Storage, key: UUID) -> Went:
    """Delete some of a backup's objects."""
    in_turn(session, OBJECTS)
    going = Backup.id == key, Backup.state == BackupState.DELETING, ~preserved()
    deletion = session.scalar(
        select(BackupDeletion).join(BackupDeletion.backup).where(*going).with_for_update()
    )
    if deletion is None:
        return Went.NOWHERE
    if deletion.begun_at is None:
        _begin(session, deletion)
        return Went.ON
    mine = select(BackupPack).where(BackupPack.backup_id == key).order_by(BackupPack.number)
    packs = session.scalars(mine.limit(AT_ONCE)).all()
    if packs:
        _delete_packs(session, storage, deletion, packs)
        return Went.ON
    _end(session, storage, deletion)
    return Went.TO_THE_END


def _begin(session: Session, deletion: BackupDeletion) -> None:
    """Write down that objects will go, in a transaction of its own before the first one does."""
    deletion.begun_at = now()
    begun = DeletionBegun(**about(deletion.backup))
    record(session, SYSTEM.named(deletion.marked_by), begun)
    write(session)


def _delete_packs(
    session: Session, storage: Storage, deletion: BackupDeletion, packs: Sequence[BackupPack]
) -> None:
    sizes = {pack.digest: pack.size for pack in packs}
    shared = shared_packs(session, deletion.backup_id, set(sizes))
    alone = sorted(sizes.keys() - shared)
    storage.delete([*map(pack_name, alone), *traces_of(session, alone)])
    deletion.objects += len(alone)
    deletion.bytes += sum(sizes[digest] for digest in alone)
    deletion.shared += len(shared)
    session.execute(delete(BackupPack).where(BackupPack.id.in_([pack.id for pack in packs])))


def _end(session: Session, storage: Storage, deletion: BackupDeletion) -> None:
    backup = deletion.backup
    papers, shared = papers_of(session, backup)
    storage.delete([*papers, *traces_of(session, [digest_in(name) for name in papers])])
    deletion.objects += len(papers)
    deletion.shared += shared
    deletion.ended_at = now()
    backup.state = BackupState.DELETED
    event = BackupDeleted(
        **about(backup),
        cause=deletion.cause,
        objects=deletion.objects,
        bytes=deletion.bytes,
        shared=deletion.shared,
    )
    record(session, SYSTEM.named(deletion.marked_by), event)
    write(session)


def _mark(
    session: Session, backup: Backup, cause: DeletionCause, reason: str, actor: Actor
) -> BackupDeletion:
    deletion = BackupDeletion(
        id=uuid4(),
        backup=backup,
        cause=cause,
        reason=reason,
        marked_at=now(),
        marked_by=actor.name,
        state_before=backup.state,
        objects=0,
        bytes=0,
        shared=0,
    )
    backup.state = BackupState.DELETING
    session.add(deletion)
    record(session, actor, DeletionMarked(**about(backup), cause=cause, reason=reason))
    cancel_drills(session, backup, actor=actor)
    write(session)
    return deletion


def deletions(
    session: Session, query: DeletionQuery, *, actor: Actor
) -> tuple[list[BackupDeletion], str | None]:
    """Return one page of deletions, the newest first."""
    actor.require(Permission.BACKUPS_READ)
    statement = select(BackupDeletion).join(BackupDeletion.backup).join(Backup.device)
    statement = statement.where(containing(query.q, Backup.number, Device.tag)).options(
        contains_eager(BackupDeletion.backup).contains_eager(Backup.device)
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.cause:
        statement = statement.where(BackupDeletion.cause == query.cause)
    if query.open:
        statement = statement.where(BackupDeletion.ended_at.is_(None))
    key = BackupDeletion.id
    return page(session, statement, query, sorts=SORTS, default="-marked_at", key=key)


def shown(deletion: BackupDeletion) -> DeletionOut:
    return DeletionOut(
        backup=deletion.backup.number,
        device=deletion.backup.device.tag,
        cause=deletion.cause,
        reason=deletion.reason,
        marked_at=deletion.marked_at,
        marked_by=deletion.marked_by,
        objects=deletion.objects,
        bytes=deletion.bytes,
        shared=deletion.shared,
        ended_at=deletion.ended_at,
    )


def would_be(backup: Backup, reason: str) -> DeletionOut:
    """Return how a deletion is shown that nobody has asked for yet."""
    return DeletionOut(
        backup=backup.number,
        device=backup.device.tag,
        cause=DeletionCause.ASKED,
        reason=reason,
        marked_at=None,
        marked_by=None,
        objects=len(backup.packs),
        bytes=backup.stored_bytes,
        shared=0,
        ended_at=None,
    )
