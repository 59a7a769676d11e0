"""Which objects of the storage are named by which backups: packs by rows, papers by a column."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from fleet.backups.models import GOING, Backup, BackupPack
from fleet.backups.storage import index_name, manifest_name, pack_name, seal_name
from fleet.contracts.backups import BackupState

PACKS: Final = "packs"
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
# In the order of their names, as a store lists them.
KINDS: Final = tuple(sorted([PACKS, *(paper.kind for paper in PAPERS)]))


@dataclass(frozen=True)
class Named:
    """An object that is to be in the storage; `size` is None where it is not known."""

    name: str
    size: int | None

    @property
    def digest(self) -> str:
        return digest_in(self.name)


def digest_in(name: str) -> str:
    return name.rpartition("/")[2]


def kind_in(name: str) -> str:
    return name.partition("/")[0]


def named(session: Session, kind: str, *, after: str = "") -> Generator[Named]:
    """Give what kept backups name of a kind, in the order of the names, in one streaming query."""
    place = pack_name if kind == PACKS else _paper(kind).name
    asked = _digests(kind, digest_in(after)).execution_options(yield_per=AT_ONCE)
    with closing(session.execute(asked)) as rows:
        for row in rows:
            yield Named(place(row[0]), row[1] if kind == PACKS else None)


def size_of_named(session: Session, name: str) -> tuple[bool, int | None]:
    """Tell whether a kept backup names an object, and of what size it is to be."""
    digest, kept = digest_in(name), Backup.state.not_in(GOING)
    if kind_in(name) == PACKS:
        mine = select(func.count(), func.max(BackupPack.size)).join(BackupPack.backup)
        count, size = session.execute(mine.where(BackupPack.digest == digest, kept)).one()
        return bool(count), size
    paper = select(Backup.id).where(_paper(kind_in(name)).digest == digest, kept)
    return session.scalar(paper.limit(1)) is not None, None


def backups_naming(session: Session, name: str) -> list[Backup]:
    """Return the backups that name an object and are not on their way out."""
    mine = select(Backup).where(_names(name), Backup.state.not_in(GOING))
    return list(session.scalars(mine.options(joinedload(Backup.device)).order_by(Backup.number)))


def is_named(session: Session, name: str) -> bool:
    """Tell whether any backup names an object, be it one that is being deleted."""
    mine = select(Backup.id).where(_names(name), Backup.state != BackupState.DELETED)
    return session.scalar(mine.limit(1)) is not None


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
    kept, column = Backup.state.not_in(GOING), _column(kind)
    if kind == PACKS:
        packs = select(column, func.max(BackupPack.size)).join(BackupPack.backup)
        return packs.where(kept, column > after).group_by(column).order_by(column)
    # A digest that is NULL is above nothing.
    return select(column).where(kept, column > after).distinct().order_by(column)


def _names(name: str) -> ColumnElement[bool]:
    digest = digest_in(name)
    if kind_in(name) == PACKS:
        return Backup.id.in_(select(BackupPack.backup_id).where(BackupPack.digest == digest))
    return _paper(kind_in(name)).digest == digest


def _column(kind: str) -> InstrumentedAttribute[Any]:
    return BackupPack.digest if kind == PACKS else _paper(kind).digest


def _paper(kind: str) -> Paper:
    return next(paper for paper in PAPERS if paper.kind == kind)
