"""What is wrong with stored objects: found, named, and over by itself when they are good again.

A backup that names an object which is not as it was is damaged: it counts for nothing until that
object is there again, and good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.models import Backup, BackupPack
from fleet.backups.services import about
from fleet.backups.storage import pack_name
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import FaultKind, FaultOut, FaultQuery
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.keeping import events
from fleet.keeping.models import StorageFault
from fleet.keeping.objects import PAPERS, backups_naming
from fleet.paging import containing, page

SORTS: Final = {"found_at": StorageFault.found_at, "object": StorageFault.object}
SHOWN_OF_EACH: Final = 20  # backups that name an object


@dataclass(frozen=True)
class Wrong:
    """What was seen of an object."""

    object: str
    kind: FaultKind
    expected: str | None = None
    seen: str | None = None
    size: int | None = None


def note_wrong(session: Session, wrong: Wrong, *, by: str, actor: Actor) -> bool:
    """Write down what is wrong with an object, mark what names it; tell whether it is news."""
    fault = known = open_fault(session, wrong.object)
    named_by = [] if wrong.kind is FaultKind.ORPHAN else backups_naming(session, wrong.object)
    if fault is None:
        fault = StorageFault(id=uuid4(), object=wrong.object, found_at=now(), found_by=by)
        session.add(fault)
    if known is None or _is_worse(wrong.kind, known.kind):
        fault.kind, fault.size = wrong.kind, wrong.size
        fault.expected, fault.seen = wrong.expected, wrong.seen
        found = events.StorageFaultFound(
            **_about(fault),
            found_by=by,
            expected=wrong.expected,
            seen=wrong.seen,
            backups=[backup.number for backup in named_by],
        )
        record(session, actor, found)
    mark_damaged(session, fault, named_by, actor=actor)
    write(session)
    return known is None


def _is_worse(seen: FaultKind, known: FaultKind) -> bool:
    """Tell whether it says more than is known: what is wrong with the bytes explains a drill.

    What a drill has shown stands until another one shows otherwise, whatever a look finds.
    """
    if known is FaultKind.ORPHAN or seen is FaultKind.ORPHAN:
        return seen is not known
    return FaultKind.UNRESTORABLE not in {seen, known} and seen is not known


def mark_damaged(
    session: Session, fault: StorageFault, backups: Iterable[Backup], *, actor: Actor
) -> None:
    """Let complete backups that name the object count as such no more."""
    for backup in backups:
        if backup.state is BackupState.COMPLETE:
            backup.state = BackupState.DAMAGED
            damaged = events.BackupDamaged(**about(backup), object=fault.object, kind=fault.kind)
            record(session, actor, damaged)


def end_fault(session: Session, fault: StorageFault, *, because: str, actor: Actor) -> None:
    """End a fault, and let the backups count again of which all is good now."""
    fault.ended_at, fault.ended_because = now(), because
    record(session, actor, events.StorageFaultEnded(**_about(fault), because=because))
    write(session)
    for backup in backups_naming(session, fault.object):
        judge_anew(session, backup, actor=actor)
    write(session)


def judge_anew(session: Session, backup: Backup, *, actor: Actor) -> None:
    """Let a backup that was complete be so, or damaged, by what is known of its objects now."""
    faults = faults_of(session, backup)
    if faults:
        mark_damaged(session, faults[0], [backup], actor=actor)
    elif backup.state is BackupState.DAMAGED:
        backup.state = BackupState.COMPLETE
        record(session, actor, events.BackupHealed(**about(backup), state=backup.state))


def open_fault(session: Session, name: str) -> StorageFault | None:
    mine = StorageFault.object == name, StorageFault.ended_at.is_(None)
    return session.scalar(select(StorageFault).where(*mine))


def faults_of(session: Session, backup: Backup) -> list[StorageFault]:
    """Return what is wrong now with the objects that a backup names."""
    digests = select(BackupPack.digest).where(BackupPack.backup_id == backup.id)
    papers = [paper.name(key) for paper in PAPERS if (key := getattr(backup, paper.digest.key))]
    packs = func.substr(StorageFault.object, len(pack_name("")) + 3).in_(digests)
    named = or_(StorageFault.object.in_(papers), packs)
    wrong = StorageFault.ended_at.is_(None), StorageFault.kind != FaultKind.ORPHAN
    return list(session.scalars(select(StorageFault).where(*wrong, named)))


def counted(session: Session) -> tuple[int, int]:
    """Return how many objects are wrong now, and how many backups are damaged by that."""
    wrong = StorageFault.ended_at.is_(None), StorageFault.kind != FaultKind.ORPHAN
    faults = session.scalar(select(func.count()).select_from(StorageFault).where(*wrong))
    damaged = Backup.state == BackupState.DAMAGED
    backups = session.scalar(select(func.count()).select_from(Backup).where(damaged))
    return faults or 0, backups or 0


def faults(
    session: Session, query: FaultQuery, *, actor: Actor
) -> tuple[list[FaultOut], str | None]:
    """Return one page of faults, the newest first: those of now, or all."""
    actor.require(Permission.BACKUPS_READ)
    statement = select(StorageFault).where(containing(query.q, StorageFault.object))
    if query.kind:
        statement = statement.where(StorageFault.kind == query.kind)
    if not query.ended:
        statement = statement.where(StorageFault.ended_at.is_(None))
    key = StorageFault.id
    rows, mark = page(session, statement, query, sorts=SORTS, default="-found_at", key=key)
    named = _numbers(session, rows)
    return [_shown(row, named.get(row.digest, [])) for row in rows], mark


def _numbers(session: Session, rows: Sequence[StorageFault]) -> dict[str, list[str]]:
    """Return, by digest, the numbers of the backups that name these objects."""
    digests = {row.digest for row in rows}
    packs = select(BackupPack.digest, Backup.number).join(BackupPack.backup)
    pairs = list(session.execute(packs.where(BackupPack.digest.in_(digests))))
    for paper in PAPERS:
        named = select(paper.digest, Backup.number).where(paper.digest.in_(digests))
        pairs += session.execute(named)
    found: dict[str, list[str]] = {}
    for digest, number in sorted(pairs):
        found.setdefault(digest, []).append(number)
    return found


def _shown(row: StorageFault, backups: list[str]) -> FaultOut:
    return FaultOut(
        id=str(row.id),
        object=row.object,
        kind=row.kind,
        expected=row.expected,
        seen=row.seen,
        size=row.size,
        found_at=row.found_at,
        found_by=row.found_by,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
        backups=backups[:SHOWN_OF_EACH],
    )


def _about(fault: StorageFault) -> events.AboutFault:
    return {"subject_id": fault.id, "subject_name": fault.object, "kind": fault.kind}
