"""What is not sealed to exactly the active keys: fetched, sealed anew, and replaced.

The server holds no identity, so it checks what it can: that the new bytes are what was announced,
are an age file to as many keys as are active, and can be read back; that the content is the same
is the word of who sealed it, with the digest of it kept as evidence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.errors import NotInStorage, PackDamaged
from fleet.backups.storage import OBJECTS, Storage, resealed_name, storage_of
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.contracts.openings import ResealedOut, SealedKind, ToResealOut, UnsealedOut
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.database import in_turn, write
from fleet.escrow.queries import recipients_of
from fleet.openings import events
from fleet.openings.errors import KeysChangedMeanwhile, NotToReseal, SealedToOthers
from fleet.openings.models import Opening, Resealing
from fleet.openings.reading import note_opened
from fleet.openings.sealed import (
    ENDED,
    PLACES,
    Part,
    not_sealed_to,
    parts_called,
    waiting_for,
)
from fleet.openings.services import opening_in_use
from fleet.vault.tools import Tools

AT_A_TIME: Final = 100
STANZAS: Final = (b"-> X25519 ", b"-> ssh-ed25519 ", b"-> ssh-rsa ")  # and not age's grease
LONGEST_HEADER: Final = 64 * 1024


@dataclass(frozen=True)
class Resealed:
    """What somebody says he made of an object; `opened_again`: he opened the new one, too."""

    before: str
    after: str
    size: int
    plain: str
    sealed_to: str
    opened_again: bool = False


def to_reseal(
    session: Session, tools: Tools, *, actor: Actor, after: str | None = None
) -> ToResealOut:
    """Return what is to be sealed anew, by digest from `after` on, and what is half done."""
    actor.require(Permission.ESCROW_RESEAL)
    used = opening_in_use(session, None, actor=actor)
    recipients = recipients_of(session, tools.settings)
    wanted = sealed_to(recipients)
    rows = _page(session, wanted, after)
    unsettled = select(Resealing.before).where(Resealing.settled_at.is_(None))
    return ToResealOut(
        opening=used.number,
        recipients=recipients,
        objects=list({row.digest: row for row in rows[:AT_A_TIME]}.values()),
        more=len(rows) > AT_A_TIME,
        half_done=list(session.scalars(unsettled.order_by(Resealing.before))),
        left=_count(session, not_sealed_to(wanted)),
        waiting=_count(session, waiting_for(wanted)),
    )


def open_to_reseal(
    session: Session, tools: Tools, digest: str, *, actor: Actor
) -> tuple[Iterator[bytes], int]:
    """Return the bytes of what is to be sealed anew, and how many; recorded."""
    actor.require(Permission.ESCROW_RESEAL)
    used = opening_in_use(session, None, actor=actor)
    parts = _of(session, _wanted(session, tools), digest)
    storage, name = storage_of(tools.settings), parts[0].place.name(digest)
    pieces, size = storage.read(name), storage.size_of(name)
    for part in parts:
        note_opened(session, part.backup, part.called, used, actor=actor)
    return pieces, size or 0


def may_reseal(session: Session, tools: Tools, made: Resealed, *, actor: Actor) -> SealedKind:
    """Refuse what would be refused afterwards, before the bytes are read; tell what it is."""
    actor.require(Permission.ESCROW_RESEAL)
    opening_in_use(session, None, actor=actor)
    known = _known(session, made)
    if known is not None:
        return known.kind
    return _to_replace(session, tools, made)[0].place.kind


def receive_resealed(
    tools: Tools, chunks: Iterable[bytes], made: Resealed, kind: SealedKind
) -> None:
    """Put the new object into storage and read it back; needs no database, replaces nothing."""
    storage, place = storage_of(tools.settings), PLACES[kind]
    place.put(storage, chunks, digest=made.after, size=made.size)
    read_back(tools, kind, made.after)
    found = _recipients_in(storage, place.name(made.after))
    if found != len(made.sealed_to.split()):
        raise SealedToOthers(found=found, wanted=len(made.sealed_to.split()))


def note_resealed(session: Session, tools: Tools, made: Resealed, *, actor: Actor) -> Resealing:
    """Let the new object take the place of the old one, which stays until `settle_resealed`."""
    actor.require(Permission.ESCROW_RESEAL)
    used = opening_in_use(session, None, actor=actor)
    in_turn(session, OBJECTS)
    known = _known(session, made)
    if known is not None:
        return known
    parts = _to_replace(session, tools, made)
    row = _replaced(parts, made, used, actor)
    session.add(row)
    for part in parts:
        record(session, actor, _told(part, row, used))
    write(session)
    return row


def half_done(session: Session, before: str, *, actor: Actor) -> tuple[SealedKind, str] | None:
    """Return what took the place of `before`, while `before` is still to be removed."""
    actor.require(Permission.ESCROW_RESEAL)
    of_it = Resealing.before == before, Resealing.settled_at.is_(None)
    found = session.execute(select(Resealing.kind, Resealing.after).where(*of_it)).first()
    return (found[0], found[1]) if found else None


def read_back(tools: Tools, kind: SealedKind, digest: str) -> None:
    """Read an object whole, and refuse if it is not what its name says; needs no database."""
    found, _size = storage_of(tools.settings).digest_of(PLACES[kind].name(digest))
    if found != digest:
        raise PackDamaged(digest=digest, found=found)


def settle_resealed(session: Session, tools: Tools, before: str, *, actor: Actor) -> Resealing:
    """Remove the old object, once the new one is there; the same asked again changes nothing."""
    actor.require(Permission.ESCROW_RESEAL)
    opening_in_use(session, None, actor=actor)
    in_turn(session, OBJECTS)
    row = session.scalar(select(Resealing).where(Resealing.before == before).with_for_update())
    if row is None:
        raise NotToReseal(digest=before)
    if row.settled_at is None:
        storage, name = storage_of(tools.settings), PLACES[row.kind].name
        if storage.size_of(name(row.after)) is not None:
            # Before the old one goes: a folder without a server restores all the while.
            storage.put_note(resealed_name(row.first), row.after)
        elif parts_called(session, row.after):
            raise NotInStorage(digest=row.after)
        # Else it was deleted for good, or sealed anew once more, and so the old one goes, too.
        storage.delete([name(before)])
        row.settled_at = now()
        removed = events.OldObjectRemoved(
            subject_id=row.id, subject_name=row.first, digest=before, in_place=row.after
        )
        record(session, actor, removed)
        write(session)
    return row


def shown(row: Resealing) -> ResealedOut:
    return ResealedOut(
        before=row.before,
        after=row.after,
        first=row.first,
        plain=row.plain,
        level=row.level,
        settled=row.settled_at is not None,
    )


def _page(session: Session, wanted: str, after: str | None) -> list[UnsealedOut]:
    """Return the next rows by digest, one more than are shown; several may name one object."""
    rows = not_sealed_to(wanted).c
    found = select(rows.kind, rows.backup, rows.number, rows.digest)
    found = found.order_by(rows.digest, rows.backup, rows.number).limit(AT_A_TIME + 1)
    if after:
        found = found.where(rows.digest > after)
    return [UnsealedOut.model_validate(row) for row in session.execute(found)]


def _count(session: Session, rows: Subquery) -> int:
    return session.scalar(select(func.count(rows.c.digest.distinct()))) or 0


def _wanted(session: Session, tools: Tools) -> str:
    return sealed_to(recipients_of(session, tools.settings))


def _to_replace(session: Session, tools: Tools, made: Resealed) -> list[Part]:
    """Return what the new object takes the place of; refused where the keys are others by now."""
    wanted = _wanted(session, tools)
    parts = _of(session, wanted, made.before)
    if made.sealed_to != wanted:
        raise KeysChangedMeanwhile
    return parts


def _of(session: Session, wanted: str, digest: str) -> list[Part]:
    """Return all that is the object `digest`, where it is to be sealed anew."""
    found = parts_called(session, digest)
    if not any(part.backup.state in ENDED and part.sealed_to != wanted for part in found):
        raise NotToReseal(digest=digest)
    return found


def _known(session: Session, made: Resealed) -> Resealing | None:
    same = Resealing.before == made.before, Resealing.after == made.after
    return session.scalar(select(Resealing).where(*same))


def _replaced(parts: Sequence[Part], made: Resealed, used: Opening, actor: Actor) -> Resealing:
    row = Resealing(
        id=uuid4(),
        opening=used,
        kind=parts[0].place.kind,
        before=made.before,
        after=made.after,
        first=parts[0].first,
        plain=made.plain,
        sealed_before=parts[0].sealed_to,
        sealed_after=made.sealed_to,
        level=Level.VERIFIED if made.opened_again else Level.DECLARED,
        resealed_by=actor.name,
        resealed_at=now(),
    )
    for part in parts:
        part.name_anew(made.after, made.size, made.sealed_to)
    return row


def _told(part: Part, row: Resealing, used: Opening) -> events.ObjectResealed:
    return events.ObjectResealed(
        subject_id=part.backup.id,
        subject_name=part.backup.number,
        part=part.called,
        before=row.before,
        after=row.after,
        plain=row.plain,
        level=row.level,
        opening=used.number,
    )


def _recipients_in(storage: Storage, name: str) -> int:
    """Count to how many keys an age file says it is sealed; it hides which ones these are."""
    start = b"".join(storage.read(name, end=LONGEST_HEADER))
    header = start.partition(b"\n--- ")[0]
    return sum(line.startswith(STANZAS) for line in header.split(b"\n"))
