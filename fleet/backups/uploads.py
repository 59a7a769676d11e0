"""Packs that come in pieces: what came waits in the server's own folder until the rest has come.

Nothing but what comes next is ever added, and only when the digest of everything up to its end is
the one the station computed: a piece that is repeated, late, damaged or from another upload changes
nothing. A server that has not got the beginning (another one took it) says that it has 0 bytes.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final

from fleet.backups.errors import PieceDamaged, ServerDiskFull, UploadBusy, UploadsFull
from fleet.backups.models import Backup
from fleet.backups.storage import CHUNK, Storage, full_disk_named, storage_of
from fleet.contracts.clock import now
from fleet.contracts.uploads import MARKED_BYTES, PieceQuery, UploadOut
from fleet.errors import Unavailable
from fleet.settings import Settings

ABANDONED_AFTER: Final = timedelta(days=1)
BUSY_SECONDS: Final = 10.0  # another process of this server writes a piece in less
REMEMBERED: Final = 64  # uploads whose digest a process goes on with without reading them again
ENDING: Final = ".part"


@dataclass
class Running:
    """The digest of the first `size` bytes of an upload."""

    size: int = 0
    digest: Any = None

    def __post_init__(self) -> None:
        self.digest = self.digest or sha256()

    def read_on(self, path: Path, size: int) -> None:
        """Take in what another process added, or everything, up to `size`."""
        if self.size >= size:
            return
        with path.open("rb") as file:
            file.seek(self.size)
            while self.size < size and (chunk := file.read(min(CHUNK, size - self.size))):
                self.digest.update(chunk)
                self.size += len(chunk)

    def with_more(self, piece: bytes | bytearray) -> "Running":
        more = Running(self.size + len(piece), self.digest.copy())
        more.digest.update(piece)
        return more


@dataclass(frozen=True)
class Uploads:
    """The packs of which a part is here."""

    storage: Storage
    folder: Path
    most_bytes: int
    reserve_bytes: int

    def offset(self, backup: Backup, number: int, mark: str) -> int:
        return _size(self._path(backup, number, mark))

    def add(
        self, backup: Backup, number: int, piece: bytes | bytearray, given: PieceQuery
    ) -> UploadOut:
        """Add a piece where it is the next one; with the last one the pack is put into storage."""
        path = self._path(backup, number, given.mark)
        if given.offset == 0 and not path.exists():
            self._forget_others(backup, number, path)
        self._make_room(path, len(piece))
        with self._held(path):
            size = _size(path)
            if given.offset != size:
                return UploadOut(offset=size)
            before, after = self._checked(path, piece, given)
            _append(path, piece, size)
            _remember(path, after)
            if given.last:
                self._finish(path, given.digest, before, after)
            return UploadOut(offset=after.size, stored=given.last)

    def forget(self, backup: Backup) -> None:
        """Remove what came of a backup's packs; a lock may be held, so it stays for a day."""
        for path in self._parts_of(backup):
            path.unlink(missing_ok=True)

    def _forget_others(self, backup: Backup, number: int, path: Path) -> None:
        """Remove what came of a pack that its station has made anew."""
        for other in self._parts_of(backup, f"{number:07d}"):
            if other != path:
                other.unlink(missing_ok=True)

    def _parts_of(self, backup: Backup, number: str = "*") -> Iterator[Path]:
        return self.folder.glob(f"{backup.id.hex}-{number}-*{ENDING}")

    def forget_abandoned(self) -> int:
        """Remove what nobody has gone on with for a day; say how many there were."""
        oldest = (now() - ABANDONED_AFTER).timestamp()
        parts = *self.folder.glob(f"*{ENDING}"), *self.folder.parent.glob("incoming-*")
        old = [path for path in parts if _changed_at(path) < oldest]
        for path in (*old, *self._free_locks(oldest)):
            path.unlink(missing_ok=True)
        return len(old)

    def _free_locks(self, oldest: float) -> Iterator[Path]:
        for path in self.folder.glob("*.lock"):
            if not path.with_suffix(ENDING).exists() and _changed_at(path) < oldest:
                yield path

    def _path(self, backup: Backup, number: int, mark: str) -> Path:
        return self.folder / f"{backup.id.hex}-{number:07d}-{mark}{ENDING}"

    def _make_room(self, path: Path, more: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < more + self.reserve_bytes:
            raise ServerDiskFull
        if not path.exists() and self._all_bytes() >= self.most_bytes:
            raise UploadsFull(most=self.most_bytes)

    def _all_bytes(self) -> int:
        return sum(_size(path) for path in self.folder.glob(f"*{ENDING}"))

    def _checked(
        self, path: Path, piece: bytes | bytearray, given: PieceQuery
    ) -> tuple[Running, Running]:
        """Return the digests without and with the piece; what is here is read anew in doubt."""
        before = _remembered(path)
        before.read_on(path, given.offset)
        if before.digest.hexdigest() != given.before:
            before = Running()
            before.read_on(path, given.offset)
        if before.digest.hexdigest() != given.before:
            path.unlink(missing_ok=True)  # a loss of power, or somebody's hand
            raise PieceDamaged(offset=given.offset)
        after = before.with_more(piece)
        if after.digest.hexdigest() != given.digest or not _is_marked(piece, given):
            raise PieceDamaged(offset=given.offset)
        return before, after

    def _finish(self, path: Path, digest: str, before: Running, after: Running) -> None:
        """Put the pack into storage; where that is away, the last piece is to come once more."""
        try:
            self.storage.keep_pack(path, digest=digest, size=after.size)
        except Unavailable:
            os.truncate(path, before.size)
            _remember(path, before)
            raise
        except BaseException:
            path.unlink(missing_ok=True)  # the same bytes would be refused again
            raise
        path.unlink(missing_ok=True)

    @contextmanager
    def _held(self, path: Path) -> Iterator[None]:
        """Let one process add to an upload at a time, by the one lock that all systems have."""
        with closing(sqlite3.connect(path.with_suffix(".lock"), timeout=BUSY_SECONDS)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise UploadBusy from None
            yield


def uploads_of(settings: Settings) -> Uploads:
    return Uploads(
        storage_of(settings),
        settings.home / "spool" / "uploads",
        settings.upload_bytes,
        settings.disk_reserve_bytes,
    )


def _append(path: Path, piece: bytes | bytearray, size: int) -> None:
    """Add the piece, whole or not at all."""
    try:
        with full_disk_named(), path.open("ab") as file:
            file.write(piece)
    except BaseException:
        with suppress(OSError):
            os.truncate(path, size)
        raise


def _is_marked(piece: bytes | bytearray, given: PieceQuery) -> bool:
    return given.offset > 0 or sha256(piece[:MARKED_BYTES]).hexdigest() == given.mark


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return now().timestamp()


_KNOWN: Final[dict[Path, Running]] = {}
_MUTEX: Final = Lock()


def _remembered(path: Path) -> Running:
    with _MUTEX:
        known = _KNOWN.pop(path, None)
    return known or Running()


def _remember(path: Path, running: Running) -> None:
    with _MUTEX:
        _KNOWN[path] = running
        while len(_KNOWN) > REMEMBERED:
            del _KNOWN[next(iter(_KNOWN))]
