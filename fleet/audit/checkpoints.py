"""Checkpoints of the trail: signed, kept, and where a pruned trail begins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, func, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.audit.errors import EntryNotFound, RetentionTooShort
from fleet.audit.events import CheckpointSigned, TrailExported, TrailPruned
from fleet.audit.models import AuditCheckpoint, AuditEntry, AuditHead
from fleet.audit.services import Who, record
from fleet.contracts.audit import AuditQuery, PruneOut
from fleet.contracts.chain import START
from fleet.contracts.checkpoints import CheckpointOut, sign
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write

TRAIL: Final = UUID(int=4)  # the trail as the subject of an event
FLOOR: Final = timedelta(days=180)  # the database itself keeps entries as long
ROWS_AT_A_TIME: Final = 5000


class Asking(Who, Protocol):
    """Whoever acts, and can be asked what he may; `access.Actor` is one."""

    def require(self, permission: Permission) -> None: ...


def make_checkpoint(
    session: Session, private: Ed25519PrivateKey, *, actor: Asking
) -> CheckpointOut:
    """Sign how the trail stands now; what this very transaction adds comes after it."""
    actor.require(Permission.AUDIT_CHECKPOINT)
    head = session.execute(select(AuditHead.entries, AuditHead.hash)).one_or_none()
    sequence, digest = (head.entries, head.hash) if head else (0, START)
    return _signed(session, private, "regular", sequence, digest, actor=actor)


def plan_pruning(session: Session, before: datetime, *, actor: Asking) -> PruneOut:
    """Return what pruning would remove: the entries from before a moment, without a gap."""
    actor.require(Permission.AUDIT_PRUNE)
    if before > now() - FLOOR:
        raise RetentionTooShort(days=FLOOR.days, before=before.date().isoformat())
    first_kept = select(func.min(AuditEntry.sequence)).where(AuditEntry.at >= before)
    kept = session.scalar(first_kept)
    newest = session.scalar(select(func.max(AuditEntry.sequence))) or 0
    until = newest if kept is None else kept - 1
    older = select(func.count()).select_from(AuditEntry).where(AuditEntry.sequence <= until)
    return PruneOut(before=before, until=until, entries=session.scalar(older) or 0)


def begin_pruning(
    session: Session, private: Ed25519PrivateKey, before: datetime, *, actor: Asking
) -> PruneOut:
    """Sign where the trail will begin; `remove_pruned` then removes what lies before it."""
    planned = plan_pruning(session, before, actor=actor)
    if planned.entries:
        last = select(AuditEntry.hash).where(AuditEntry.sequence == planned.until)
        digest = session.scalars(last).one()
        _signed(session, private, "pruned", planned.until, digest, actor=actor)
        event = TrailPruned(
            subject_id=TRAIL, subject_name="trail", until=planned.until, entries=planned.entries
        )
        record(session, actor, event)
        write(session)
    return planned


def remove_pruned(session: Session) -> int:
    """Remove some of the entries before where the trail begins; 0 when none is left."""
    begin = begins_after(session)
    if begin is None:
        return 0
    some = select(AuditEntry.id).where(AuditEntry.sequence <= begin.sequence)
    batch = some.order_by(AuditEntry.sequence).limit(ROWS_AT_A_TIME)
    removed = session.execute(delete(AuditEntry).where(AuditEntry.id.in_(batch)))
    return removed.rowcount if isinstance(removed, CursorResult) else 0


def begins_after(session: Session) -> CheckpointOut | None:
    """Return the checkpoint that the trail begins after; None where nothing was pruned."""
    pruned = select(AuditCheckpoint).where(AuditCheckpoint.kind == "pruned")
    newest = session.scalars(pruned.order_by(AuditCheckpoint.sequence.desc()).limit(1)).first()
    return newest.said if newest else None


def checkpoints(session: Session) -> Sequence[AuditCheckpoint]:
    """Return every checkpoint, newest first; they are few."""
    return session.scalars(
        select(AuditCheckpoint).order_by(AuditCheckpoint.at.desc(), AuditCheckpoint.id)
    ).all()


def entry(session: Session, sequence: int, *, actor: Asking) -> AuditEntry:
    actor.require(Permission.AUDIT_READ)
    found = session.scalar(select(AuditEntry).where(AuditEntry.sequence == sequence))
    if found is None:
        raise EntryNotFound(sequence=sequence)
    return found


def record_export(session: Session, query: AuditQuery, *, actor: Asking) -> None:
    """Record that entries are handed out, and which; it is stored before the first one leaves."""
    actor.require(Permission.AUDIT_READ)
    given = query.model_dump(mode="json", exclude_none=True, exclude={"limit", "sort", "after"})
    record(session, actor, TrailExported(subject_id=TRAIL, subject_name="trail", filters=given))


def _signed(
    session: Session,
    private: Ed25519PrivateKey,
    kind: Literal["regular", "pruned"],
    sequence: int,
    digest: str,
    *,
    actor: Asking,
) -> CheckpointOut:
    said = sign(private, kind=kind, sequence=sequence, hash=digest, at=now())
    session.add(AuditCheckpoint(id=uuid4(), **said.model_dump()))
    event = CheckpointSigned(
        subject_id=TRAIL, subject_name="trail", kind=kind, sequence=sequence, hash=digest
    )
    record(session, actor, event)
    write(session)
    return said
