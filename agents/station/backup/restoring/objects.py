"""A copy of the storage without server or database: which backups are in it, and their pieces."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.station.backup.errors import IdentityDoesNotOpen, ManifestDamaged
from agents.station.backup.lines import lines_of
from agents.station.backup.opening import PackDamaged
from agents.station.backup.reading_index import pieces, unlocked
from agents.station.backup.restoring.origins import NOT_THERE, SealedPack
from fleet.contracts.backups import IndexHead, ManifestSeal
from fleet.contracts.seals import is_countersigned, is_signed

DIGEST = re.compile(r"[0-9a-f]{64}")


class Trust(StrEnum):
    """What the signatures beside a backup say of it."""

    BOTH = "signed_by_both"  # by the station, and by the server that found it complete
    STATION = "signed_by_station"
    NOBODY = "signed_by_nobody"
    WRONG = "signed_wrongly"  # there are signatures, and they are not of this, or not by that key


@dataclass(frozen=True)
class Found:
    """A backup in the folder; `index` is the digest of its list of names as it lies there now."""

    head: IndexHead
    index: str
    trust: Trust
    seal: ManifestSeal | None
    path: Path


@dataclass(frozen=True)
class Looked:
    """What is in a folder: backups, the newest first, and lists of names that did not open."""

    found: tuple[Found, ...]
    closed: int  # sealed to other keys than the identity's
    damaged: tuple[str, ...]


@dataclass(frozen=True)
class Objects:
    folder: Path

    def backups(self, identities: Sequence[Any], identity_file: Path) -> Looked:
        found: list[Found] = []
        damaged: list[str] = []
        closed, seals = 0, self._seals()
        for path in self._lists():
            try:
                head = _head(path, identities, identity_file)
            except IdentityDoesNotOpen:
                closed += 1
            except ManifestDamaged:
                damaged.append(path.name)
            else:
                found += [self._found(head, path, seals)] if head else []
        found.sort(key=lambda one: one.head.started_at, reverse=True)
        return Looked(tuple(found), closed, tuple(damaged))

    def now(self, digest: str) -> str:
        """Return the digest of what has taken the place of an object that was sealed anew."""
        seen = {digest}
        while (newer := self._resealed(digest)) is not None and newer not in seen:
            digest = newer
            seen.add(newer)
        return digest

    def object(self, kind: str, digest: str) -> Path:
        return self.folder / kind / digest[:2] / digest

    def _resealed(self, digest: str) -> str | None:
        note = self.folder / "resealed" / digest
        text = note.read_text("ascii", errors="replace").strip() if note.is_file() else ""
        return text if DIGEST.fullmatch(text) else None

    def _lists(self) -> Iterator[Path]:
        """Yield the newest indexes, and the manifests, of which those of old are indexes."""
        for path in sorted(self.folder.glob("indexes/??/*")):
            if DIGEST.fullmatch(path.name) and self._resealed(path.name) is None:
                yield path
        yield from (
            p for p in sorted(self.folder.glob("manifests/??/*")) if DIGEST.fullmatch(p.name)
        )

    def _seals(self) -> dict[str, ManifestSeal]:
        """Return the seals, by the digest that the index has now; a good one before others."""
        found: dict[str, ManifestSeal] = {}
        for path in sorted(self.folder.glob("seals/??/*")):
            try:
                seal = ManifestSeal.model_validate_json(path.read_bytes())
            except ValidationError:
                continue
            index = self.now(seal.index)
            if index not in found or is_countersigned(seal):
                found[index] = seal
        return found

    def _found(self, head: IndexHead, path: Path, seals: dict[str, ManifestSeal]) -> Found:
        seal = seals.get(path.name)
        return Found(head, path.name, _trust(head, seal), seal, path)


def _head(path: Path, identities: Sequence[Any], identity_file: Path) -> IndexHead | None:
    """Return the head of a list of names; None of a manifest that has no names."""
    if path.parent.parent.name == "manifests":
        return _of_old(path)
    sealed = _read(path, 0)
    with sealed as chunks, unlocked(chunks, identities, identity_file, path.name) as plain:
        return _first_line(plain)


def _of_old(path: Path) -> IndexHead | None:
    head = _first_line(path)
    return head if head is not None and head.format == 1 else None


def _first_line(path: Path) -> IndexHead | None:
    with path.open("rb") as file:
        line = next(lines_of(pieces(file), None), b"")
    try:
        return IndexHead.model_validate_json(line)
    except ValidationError:
        return None  # a manifest, whose head has other fields


def _trust(head: IndexHead, seal: ManifestSeal | None) -> Trust:
    if seal is None:
        return Trust.NOBODY
    if (seal.backup, seal.serial) != (head.backup, head.serial) or not is_signed(seal):
        return Trust.WRONG
    if not seal.server_signature:
        return Trust.STATION
    return Trust.BOTH if is_countersigned(seal) else Trust.WRONG


@dataclass(frozen=True)
class FromFolder:
    """One backup of a folder; its index is what its own name says it is."""

    objects: Objects
    found: Found

    @property
    def digest(self) -> str:
        return self.found.index

    def index(self) -> AbstractContextManager[Iterable[bytes]]:
        return _read(self.found.path, 0)

    def pack(self, _number: int, digest: str, /) -> SealedPack:
        now = self.objects.now(digest)
        path = self.objects.object("packs", now)
        if not path.is_file():
            raise PackDamaged(NOT_THERE)
        return SealedPack(now, path.stat().st_size, lambda start: _read(path, start))


@contextmanager
def _read(path: Path, start: int) -> Iterator[Iterable[bytes]]:
    with path.open("rb") as file:
        file.seek(start)
        yield pieces(file)
