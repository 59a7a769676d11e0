"""Keeping a file between the look at it and the yes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import Kind
from fleet.database import write
from fleet.registers.errors import SheetGone, SheetTooLarge
from fleet.registers.files import LARGEST_FILE, MEBIBYTE
from fleet.registers.importing import WRITES
from fleet.registers.models import WaitingSheet

WAITS: Final = timedelta(hours=2)
PIECE: Final = 256 * 1024
DIRECTORY: Final = "directory"  # the company's whole list of its people, beside the registers


def keep(session: Session, kind: str, name: str, content: bytes, *, actor: Actor) -> WaitingSheet:
    """Keep a file for whoever sent it; one of a kind at a time."""
    actor.require(_asked_for(kind))
    if len(content) > LARGEST_FILE:
        raise SheetTooLarge(most=f"{LARGEST_FILE // MEBIBYTE} MiB")
    before = WaitingSheet.sent_by == actor.id, WaitingSheet.kind == kind
    session.execute(delete(WaitingSheet).where(*before))
    kept = WaitingSheet(
        id=uuid4(),
        kind=kind,
        name=name,
        size=len(content),
        content=content,
        sent_by=actor.id,
        sent_at=now(),
    )
    session.add(kept)
    write(session)
    return kept


def waiting(session: Session, kind: str, key: UUID, *, actor: Actor) -> WaitingSheet:
    """Return a file that the actor sent himself; others' do not exist for him."""
    actor.require(_asked_for(kind))
    its = WaitingSheet.id == key, WaitingSheet.kind == kind, WaitingSheet.sent_by == actor.id
    found = session.scalar(select(WaitingSheet).where(*its))
    if found is None or found.sent_at < now() - WAITS:
        raise SheetGone
    return found


def _asked_for(kind: str) -> Permission:
    return Permission.DIRECTORY_SYNC if kind == DIRECTORY else WRITES[Kind(kind)]


def pieces(sheet: WaitingSheet) -> Iterator[bytes]:
    for start in range(0, sheet.size, PIECE):
        yield sheet.content[start : start + PIECE]


def forget(session: Session, *, at_most: int) -> int:
    """Delete files that nobody said yes to."""
    old = select(WaitingSheet.id).where(WaitingSheet.sent_at < now() - WAITS).limit(at_most)
    ids = session.scalars(old).all()
    session.execute(delete(WaitingSheet).where(WaitingSheet.id.in_(ids)))
    return len(ids)
