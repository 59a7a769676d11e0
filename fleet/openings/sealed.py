"""What of a backup is sealed to keys, and may be sealed anew: its packs and its index."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Integer, Select, Subquery, cast, literal, null, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from fleet.backups.models import Backup, BackupPack
from fleet.backups.storage import Storage, index_name, pack_name, resealed_name
from fleet.contracts.backups import BackupState
from fleet.contracts.openings import SealedKind
from fleet.openings.models import Resealing

# A damaged one waits until it is whole again: its faults are known by what its objects are called.
ENDED: Final = (BackupState.COMPLETE, BackupState.INCOMPLETE, BackupState.FAILED)


@dataclass(frozen=True)
class Place:
    """Where rows say what a sealed object is called, and where it lies."""

    kind: SealedKind
    row: type[Backup] | type[BackupPack]
    digest: InstrumentedAttribute[Any]
    sealed_to: InstrumentedAttribute[Any]
    first: InstrumentedAttribute[Any]
    number: ColumnElement[Any] | InstrumentedAttribute[Any]
    name: Callable[[str], str]
    put: Callable[..., int]


PACKS: Final = Place(
    SealedKind.PACK,
    BackupPack,
    BackupPack.digest,
    BackupPack.sealed_to,
    BackupPack.first_digest,
    BackupPack.number,
    pack_name,
    Storage.put_pack,
)
INDEXES: Final = Place(
    SealedKind.INDEX,
    Backup,
    Backup.index_digest,
    Backup.index_sealed_to,
    Backup.index_first_digest,
    cast(null(), Integer),
    index_name,
    Storage.put_index,
)
PLACES: Final = {place.kind: place for place in (PACKS, INDEXES)}


@dataclass(frozen=True)
class Part:
    """A row that names a sealed object; a pack may be named by several."""

    place: Place
    row: Backup | BackupPack

    @property
    def backup(self) -> Backup:
        return self.row if isinstance(self.row, Backup) else self.row.backup

    @property
    def called(self) -> str:
        return "index" if isinstance(self.row, Backup) else str(self.row.number)

    @property
    def sealed_to(self) -> str:
        return str(getattr(self.row, self.place.sealed_to.key))

    @property
    def first(self) -> str:
        """Return what the manifest calls it."""
        first = getattr(self.row, self.place.first.key)
        return str(first or getattr(self.row, self.place.digest.key))

    def name_anew(self, digest: str, size: int, sealed_to: str) -> None:
        setattr(self.row, self.place.first.key, self.first)
        setattr(self.row, self.place.digest.key, digest)
        setattr(self.row, self.place.sealed_to.key, sealed_to)
        if isinstance(self.row, BackupPack):
            self.row.size = size


def parts_called(session: Session, digest: str) -> list[Part]:
    """Return, locked, what of all kept backups is the object `digest`."""
    found = []
    for place in PLACES.values():
        rows: Select[Any] = select(place.row).where(place.digest == digest)
        if place.row is BackupPack:
            rows = rows.join(BackupPack.backup)
        rows = rows.where(Backup.state != BackupState.DELETED).order_by(place.row.id)
        locked = session.scalars(rows.with_for_update(of=place.row))
        found += [Part(place, row) for row in locked]
    return found


def not_sealed_to(wanted: str) -> Subquery:
    """Return what of ended backups is sealed to other keys: kind, backup, number and digest."""
    return _of_all(wanted, ENDED)


def waiting_for(wanted: str) -> Subquery:
    """Return the same of what damaged backups alone name: it waits until they are whole again."""
    damaged, ended = _of_all(wanted, (BackupState.DAMAGED,)), not_sealed_to(wanted)
    return select(damaged).where(damaged.c.digest.not_in(select(ended.c.digest))).subquery()


def _of_all(wanted: str, states: Collection[BackupState]) -> Subquery:
    return union_all(*(_rows(place, wanted, states) for place in PLACES.values())).subquery()


def _rows(place: Place, wanted: str, states: Collection[BackupState]) -> Select[Any]:
    rows: Select[Any] = select(
        literal(place.kind.value).label("kind"),
        Backup.number.label("backup"),
        place.number.label("number"),
        place.digest.label("digest"),
    )
    if place.row is BackupPack:
        rows = rows.join(BackupPack.backup)
    return rows.where(Backup.state.in_(states), place.sealed_to != wanted)


def taken_by(session: Session, digest: str) -> str | None:
    """Return the name of the object that took the place of this one."""
    row = session.scalar(select(Resealing).where(Resealing.before == digest))
    return PLACES[row.kind].name(row.after) if row else None


def traces_of(session: Session, digests: Collection[str]) -> list[str]:
    """Return what resealing has left in the storage beside these objects.

    It is the note of where an object is by now, and every older one that was not removed yet.
    """
    firsts = select(Resealing.first).where(Resealing.after.in_(digests))
    left = select(Resealing).where(Resealing.first.in_(firsts)).order_by(Resealing.resealed_at)
    rows = session.scalars(left).all()
    notes = dict.fromkeys(resealed_name(row.first) for row in rows)
    old = [PLACES[row.kind].name(row.before) for row in rows if row.settled_at is None]
    return [*notes, *old]
