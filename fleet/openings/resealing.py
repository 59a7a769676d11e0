"""Packs that are not sealed to exactly the active keys: fetched, sealed anew, and replaced.

The server holds no identity, so it checks what it can: that the new bytes are what was announced,
are an age file to as many keys as are active, and can be read back; that the content is the same
is the word of who sealed it, with the digest of it kept as evidence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.errors import NotInStorage, PackDamaged
from fleet.backups.models import Backup, BackupPack
from fleet.backups.storage import Storage, pack_name, resealed_name, storage_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.escrow import sealed_to
from fleet.contracts.openings import ResealedOut, ToResealOut, UnsealedOut
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.database import in_turn, write
from fleet.escrow.queries import recipients_of
from fleet.openings import events
from fleet.openings.errors import KeysChangedMeanwhile, PackNotToReseal, SealedToOthers
from fleet.openings.models import Opening, Resealing
from fleet.openings.reading import note_opened
from fleet.openings.services import opening_in_use
from fleet.vault.tools import Tools

AT_A_TIME: Final = 100
ENDED: Final = (BackupState.COMPLETE, BackupState.INCOMPLETE, BackupState.FAILED)
STANZAS: Final = (b"-> X25519 ", b"-> ssh-ed25519 ", b"-> ssh-rsa ")  # and not age's grease
LONGEST_HEADER: Final = 64 * 1024


@dataclass(frozen=True)
class Resealed:
    """What somebody says he made of a pack; `opened_again`: he opened the new one, too."""

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
    unsealed = _unsealed(recipients)
    packs = _page(session, unsealed, after)
    unsettled = select(Resealing.before).where(Resealing.settled_at.is_(None))
    return ToResealOut(
        opening=used.number,
        recipients=recipients,
        packs=[_shown(pack) for pack in packs[:AT_A_TIME]],
        more=len(packs) > AT_A_TIME,
        half_done=list(session.scalars(unsettled.order_by(Resealing.before))),
        left=_count(session, unsealed),
    )


def open_to_reseal(
    session: Session, tools: Tools, digest: str, *, actor: Actor
) -> tuple[Iterator[bytes], int]:
    """Return the bytes of a pack that is to be sealed anew, and how many; recorded."""
    actor.require(Permission.ESCROW_RESEAL)
    used = opening_in_use(session, None, actor=actor)
    packs = _of(session, tools, digest)
    pieces = storage_of(tools.settings).read(pack_name(digest))
    for pack in packs:
        note_opened(session, pack.backup, str(pack.number), used, actor=actor)
    return pieces, packs[0].size


def may_reseal(session: Session, tools: Tools, made: Resealed, *, actor: Actor) -> None:
    """Refuse what would be refused afterwards; asked before the bytes are read."""
    actor.require(Permission.ESCROW_RESEAL)
    opening_in_use(session, None, actor=actor)
    if _known(session, made) is not None:
        return
    _of(session, tools, made.before)
    if made.sealed_to != sealed_to(recipients_of(session, tools.settings)):
        raise KeysChangedMeanwhile


def receive_resealed(tools: Tools, chunks: Iterable[bytes], made: Resealed) -> None:
    """Put the new pack into storage and read it back; needs no database, and replaces nothing."""
    storage = storage_of(tools.settings)
    storage.put_pack(chunks, digest=made.after, size=made.size)
    read_back(tools, made.after)
    found = _recipients_in(storage, made.after)
    if found != len(made.sealed_to.split()):
        raise SealedToOthers(found=found, wanted=len(made.sealed_to.split()))


def note_resealed(session: Session, tools: Tools, made: Resealed, *, actor: Actor) -> Resealing:
    """Let the new pack take the place of the old one, which stays until `settle_resealed`."""
    actor.require(Permission.ESCROW_RESEAL)
    used = opening_in_use(session, None, actor=actor)
    in_turn(session, "reseal")
    known = _known(session, made)
    if known is not None:
        return known
    may_reseal(session, tools, made, actor=actor)
    packs = _of(session, tools, made.before)
    row = _replaced(packs, made, used, actor)
    # First the object that names the new one: a folder without a server restores all the while.
    storage_of(tools.settings).put_note(resealed_name(row.first), row.after)
    session.add(row)
    for pack in packs:
        record(session, actor, _told(pack, row, used))
    write(session)
    return row


def half_done(session: Session, before: str, *, actor: Actor) -> str | None:
    """Return the pack that took the place of `before`, while `before` is still to be removed."""
    actor.require(Permission.ESCROW_RESEAL)
    of_it = Resealing.before == before, Resealing.settled_at.is_(None)
    return session.scalar(select(Resealing.after).where(*of_it))


def read_back(tools: Tools, digest: str) -> None:
    """Read a pack whole, and refuse if it is not what its name says; needs no database."""
    found = sha256()
    for piece in storage_of(tools.settings).read(pack_name(digest)):
        found.update(piece)
    if found.hexdigest() != digest:
        raise PackDamaged(digest=digest, found=found.hexdigest())


def settle_resealed(session: Session, tools: Tools, before: str, *, actor: Actor) -> Resealing:
    """Remove the old pack, once the new one is there; the same asked again changes nothing."""
    actor.require(Permission.ESCROW_RESEAL)
    opening_in_use(session, None, actor=actor)
    row = session.scalar(select(Resealing).where(Resealing.before == before).with_for_update())
    if row is None:
        raise PackNotToReseal(digest=before)
    if row.settled_at is None:
        storage = storage_of(tools.settings)
        if storage.size_of(pack_name(row.after)) is None:
            raise NotInStorage(digest=row.after)
        storage.delete([pack_name(before)])
        row.settled_at = now()
        removed = events.OldPackRemoved(
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


def _unsealed(recipients: Sequence[str]) -> Select[BackupPack]:
    """Return the packs of ended backups that are not sealed to exactly these keys."""
    of_ended = select(BackupPack).join(BackupPack.backup).where(Backup.state.in_(ENDED))
    return of_ended.where(BackupPack.sealed_to != sealed_to(list(recipients)))


def _page(session: Session, unsealed: Select[BackupPack], after: str | None) -> list[BackupPack]:
    """Return the next packs by digest, one more than are shown; each object once."""
    digests = unsealed.with_only_columns(BackupPack.digest).distinct()
    if after:
        digests = digests.where(BackupPack.digest > after)
    next_ones = list(session.scalars(digests.order_by(BackupPack.digest).limit(AT_A_TIME + 1)))
    these = unsealed.where(BackupPack.digest.in_(next_ones)).order_by(BackupPack.digest)
    packs = session.scalars(these.options(joinedload(BackupPack.backup)))
    return list({pack.digest: pack for pack in packs}.values())


def _count(session: Session, unsealed: Select[BackupPack]) -> int:
    digests = unsealed.with_only_columns(BackupPack.digest).distinct().subquery()
    return session.scalar(select(func.count()).select_from(digests)) or 0


def _of(session: Session, tools: Tools, digest: str) -> list[BackupPack]:
    """Return the packs that are the object `digest`, where it is to be sealed anew."""
    wanted = sealed_to(recipients_of(session, tools.settings))
    same = select(BackupPack).join(BackupPack.backup).where(BackupPack.digest == digest)
    live = same.where(Backup.state.in_(ENDED), BackupPack.sealed_to != wanted)
    found = list(session.scalars(live.order_by(BackupPack.number).with_for_update(of=BackupPack)))
    if not found:
        raise PackNotToReseal(digest=digest)
    return found


def _known(session: Session, made: Resealed) -> Resealing | None:
    same = Resealing.before == made.before, Resealing.after == made.after
    return session.scalar(select(Resealing).where(*same))


def _replaced(
    packs: Sequence[BackupPack], made: Resealed, used: Opening, actor: Actor
) -> Resealing:
    first = packs[0].first_digest or made.before
    row = Resealing(
        id=uuid4(),
        opening=used,
        before=made.before,
        after=made.after,
        first=first,
        plain=made.plain,
        sealed_before=packs[0].sealed_to,
        sealed_after=made.sealed_to,
        level=Level.VERIFIED if made.opened_again else Level.DECLARED,
        resealed_by=actor.name,
        resealed_at=now(),
    )
    for pack in packs:
        pack.digest, pack.size, pack.sealed_to = made.after, made.size, made.sealed_to
        pack.first_digest = first
    return row


def _told(pack: BackupPack, row: Resealing, used: Opening) -> events.PackResealed:
    return events.PackResealed(
        subject_id=pack.backup_id,
        subject_name=pack.backup.number,
        part=pack.number,
        before=row.before,
        after=row.after,
        plain=row.plain,
        level=row.level,
        opening=used.number,
    )


def _recipients_in(storage: Storage, digest: str) -> int:
    """Count to how many keys an age file says it is sealed; it hides which ones these are."""
    start = b"".join(storage.read(pack_name(digest), end=LONGEST_HEADER))
    header = start.partition(b"\n--- ")[0]
    return sum(line.startswith(STANZAS) for line in header.split(b"\n"))


def _shown(pack: BackupPack) -> UnsealedOut:
    return UnsealedOut(
        backup=pack.backup.number, number=pack.number, digest=pack.digest, size=pack.size
    )
