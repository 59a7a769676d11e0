"""Which objects of the storage are named by which backups: packs by rows, papers by a column.

The notes of what was sealed anew are named by what they are about, and have one line in them. What
rooms further up keep there is named by rows of theirs, and no backup hangs on it.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, null, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from fleet.backups.models import GOING, Backup, BackupPack
from fleet.backups.storage import (
    index_name,
    manifest_name,
    note_of,
    pack_name,
    resealed_name,
    seal_name,
)
from fleet.contracts.backups import BackupState
from fleet.openings.models import Resealing

PACKS: Final = "packs"
NOTES: Final = "resealed"
AT_ONCE: Final = 1000  # rows fetched in one go


@dataclass(frozen=True)
class Paper:
    """An object that a backup names in a column of its own row; nobody has written its size."""

    kind: str
    digest: InstrumentedAttribute[str | None]
    name: Callable[[str], str]


PAPERS: Final = (
    Paper("indexes", Backup.index_digest, index_name),
    Paper("manifests", Backup.manifest_digest, manifest_name),
    Paper("seals", Backup.seal_digest, seal_name),
)


@dataclass(frozen=True)
class Other:
    """What is no backup's: the rows for which `kept` holds name it by their digests."""

    kind: str
    digest: InstrumentedAttribute[str]
    size: InstrumentedAttribute[int]
    kept: ColumnElement[bool]
    name: Callable[[str], str]


# Filled by `fleet.wiring`.
OTHERS: Final[list[Other]] = []


def kinds() -> list[str]:
    """Return every kind in the order of the names, as a store lists them."""
    others = (other.kind for other in OTHERS)
    return sorted([PACKS, NOTES, *(paper.kind for paper in PAPERS), *others])


@dataclass(frozen=True)
class Named:
    """An object that is to be in the storage; `size` is None where it is not known."""

    name: str
    size: int | None
    digest: str


def digest_in(name: str) -> str:
    return name.rpartition("/")[2]


def kind_in(name: str) -> str:
    return name.partition("/")[0]


def named(session: Session, kind: str, *, after: str = "") -> Generator[Named]:
    """Give what kept backups name of a kind, in the order of the names, in one streaming query."""
    asked = _digests(kind, digest_in(after)).execution_options(yield_per=AT_ONCE)
    with closing(session.execute(asked)) as rows:
        for digest, told in rows:
            yield _named(kind, digest, told)


def _named(kind: str, digest: str, told: Any) -> Named:
    if kind == NOTES:
        note = note_of(told)
        return Named(resealed_name(digest), len(note), sha256(note).hexdigest())
    other = _other(kind)
    if other is not None:
        return Named(other.name(digest), told, digest)
    place = pack_name if kind == PACKS else _paper(kind).name
    return Named(place(digest), told, digest)


def resealed_as(session: Session, name: str) -> str | None:
    """Return what is called so by now that a note is about; None where no kept backup has it."""
    called: str | None = session.scalar(select(_ANEW.called).where(_ANEW.first == digest_in(name)))
    return called


def size_of_named(session: Session, name: str) -> tuple[bool, int | None]:
    """Tell whether a kept backup, or another row, names an object, and of what size it is to be."""
    digest, kept = digest_in(name), Backup.state.not_in(GOING)
    if (other := _other(kind_in(name))) is not None:
        told = session.scalar(select(other.size).where(other.digest == digest, other.kept))
        return told is not None, told
    if kind_in(name) == NOTES:
        now_called = resealed_as(session, name)
        return now_called is not None, len(note_of(now_called or ""))
    if kind_in(name) == PACKS:
        mine = select(func.count(), func.max(BackupPack.size)).join(BackupPack.backup)
        count, size = session.execute(mine.where(BackupPack.digest == digest, kept)).one()
        return bool(count), size
    paper = select(Backup.id).where(_paper(kind_in(name)).digest == digest, kept)
    return session.scalar(paper.limit(1)) is not None, None


def backups_naming(session: Session, name: str) -> list[Backup]:
    """Return, held until the commit, the backups that name an object and are not on their way out.

    Whoever marks one of them waits, or is waited for: what is seen brings back nothing that goes.
    """
    mine = select(Backup).where(_names(name), Backup.state.not_in(GOING)).order_by(Backup.number)
    held = mine.options(joinedload(Backup.device)).with_for_update(of=Backup)
    return list(session.scalars(held, execution_options={"populate_existing": True}))


def is_named(session: Session, name: str) -> bool:
    """Tell whether anything names an object, be it a backup that is being deleted.

    One that was sealed anew stays named until the new one was read back: it may be the last.
    """
    if _other(kind_in(name)) is not None:
        return size_of_named(session, name)[0]
    mine = select(Backup.id).where(_names(name), Backup.state != BackupState.DELETED)
    before = Resealing.before == digest_in(name), Resealing.settled_at.is_(None)
    either = mine.union_all(select(Resealing.id).where(*before))
    return session.scalar(either.limit(1)) is not None


def papers_of(session: Session, backup: Backup) -> tuple[list[str], int]:
    """Return the papers that this backup alone names, and how many others name as well."""
    alone, shared = [], 0
    for paper in PAPERS:
        digest: str | None = getattr(backup, paper.digest.key)
        if digest is None:
            continue
        others = paper.digest == digest, Backup.id != backup.id
        kept = Backup.state != BackupState.DELETED
        if session.scalar(select(Backup.id).where(*others, kept).limit(1)) is None:
            alone.append(paper.name(digest))
        else:
            shared += 1
    return alone, shared


def shared_packs(session: Session, backup: UUID, digests: set[str]) -> set[str]:
    """Return which of these packs other backups name, too."""
    others = BackupPack.digest.in_(digests), BackupPack.backup_id != backup
    return set(session.scalars(select(BackupPack.digest).where(*others)))


def _digests(kind: str, after: str) -> Any:
    """Select what is named of a kind by digest, with the size of a pack, and what a note says."""
    kept = Backup.state.not_in(GOING)
    if kind == NOTES:
        notes = select(_ANEW.first, _ANEW.called)
        return notes.where(_ANEW.first > after).order_by(_ANEW.first)
    if kind == PACKS:
        column = BackupPack.digest
        packs = select(column, func.max(BackupPack.size)).join(BackupPack.backup)
        return packs.where(kept, column > after).group_by(column).order_by(column)
    if (other := _other(kind)) is not None:
        mine = select(other.digest, other.size).where(other.kept, other.digest > after)
        return mine.order_by(other.digest)
    paper = _paper(kind).digest
    # A digest that is NULL is above nothing.
    return select(paper, null()).where(kept, paper > after).distinct().order_by(paper)


def _sealed_anew() -> Any:
    """Select what has a note; of what is half done the old object is there, with or without one."""
    first, index = BackupPack.first_digest, Backup.index_first_digest
    packs = select(first.label("first"), BackupPack.digest.label("called"))
    packs = packs.join(BackupPack.backup).where(first.is_not(None))
    indexes = select(index, Backup.index_digest).where(index.is_not(None))
    kept, half_done = Backup.state.not_in(GOING), Resealing.settled_at.is_(None)
    every = union(packs.where(kept), indexes.where(kept)).subquery()
    unsettled = select(Resealing.first).where(half_done)
    return select(every).where(every.c.first.not_in(unsettled)).subquery().c


_ANEW: Final = _sealed_anew()  # what manifests call an object, and what it is called by now


def _names(name: str) -> ColumnElement[bool]:
    digest = digest_in(name)
    if kind_in(name) == NOTES:
        return or_(Backup.index_first_digest == digest, _with_pack(BackupPack.first_digest, digest))
    if kind_in(name) == PACKS:
        return _with_pack(BackupPack.digest, digest)
    if _other(kind_in(name)) is not None:
        return false()
    return _paper(kind_in(name)).digest == digest


def _with_pack(column: InstrumentedAttribute[Any], digest: str) -> ColumnElement[bool]:
    return Backup.id.in_(select(BackupPack.backup_id).where(column == digest))


def _other(kind: str) -> Other | None:
    return next((other for other in OTHERS if other.kind == kind), None)


def _paper(kind: str) -> Paper:
    return next(paper for paper in PAPERS if paper.kind == kind)
