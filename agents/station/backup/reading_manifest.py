"""Reading a manifest: whole and well formed, or refused; kept on disk, not in memory."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import zstandard
from pydantic import ValidationError

from agents.station.backup.errors import ManifestDamaged
from fleet.contracts import paths
from fleet.contracts.backups import FileState, ManifestFile, ManifestHead

LONGEST_LINE = 1024 * 1024
MOST_AT_ONCE = 1024  # bytes of zstd: the most that can come of so few fits into memory

TABLE = """
CREATE TABLE wanted (
    path BLOB PRIMARY KEY,
    pack INTEGER,
    sha256 TEXT,
    mtime REAL NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    settled INTEGER NOT NULL DEFAULT 0
)
"""


class Wanted:
    """What a manifest says should be there, and which of it has been dealt with."""

    def __init__(self, chunks: Iterable[bytes], digest: str | None = None) -> None:
        # An empty name makes a database of its own on disk that goes away with the connection.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(TABLE)
        lines = manifest_lines(chunks, digest)
        self.head = _head(lines)
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(
                "INSERT INTO wanted (path, pack, sha256, mtime, state, reason)"
                " VALUES (?,?,?,?,?,?)",
                (self._row(line) for line in lines),
            )
        except sqlite3.IntegrityError:
            raise ManifestDamaged(reason="a file that is named twice") from None
        self._connection.execute("COMMIT")
        self._count()

    def _row(self, line: bytes) -> tuple[object, ...]:
        try:
            file = ManifestFile.model_validate_json(line)
            path = paths.bytes_of(file.path)
        except (ValidationError, ValueError):
            raise ManifestDamaged(reason="a line that is no file") from None
        if file.pack is not None and not 1 <= file.pack <= len(self.head.packs):
            raise ManifestDamaged(reason="a pack that is not listed")
        return path, file.pack, file.sha256, file.mtime, file.state.value, file.reason

    def _count(self) -> None:
        [count] = self._connection.execute("SELECT count(*) FROM wanted").fetchone()
        if count != self.head.listed:
            raise ManifestDamaged(reason=f"{count} files of {self.head.listed}")

    def in_pack(self, path: bytes, pack: int) -> tuple[str, float] | None:
        """Return the hash and time `path` must have, where it is to come from this pack."""
        found: tuple[str, float] | None = self._connection.execute(
            "SELECT sha256, mtime FROM wanted WHERE path = ? AND pack = ? AND NOT settled",
            (path, pack),
        ).fetchone()
        return found

    def settled(self, path: bytes) -> None:
        """Remember that `path` was restored, or named as not restored."""
        self._connection.execute("UPDATE wanted SET settled = 1 WHERE path = ?", (path,))

    def not_found(self, pack: int) -> Iterator[bytes]:
        """Yield what should have come from `pack` and did not."""
        rows = self._connection.execute(
            "SELECT path FROM wanted WHERE pack = ? AND NOT settled ORDER BY path", (pack,)
        )
        return (path for (path,) in rows)

    def never_stored(self) -> Iterator[tuple[bytes, str]]:
        """Yield what the backup itself did not get, with the reason it gave."""
        rows = self._connection.execute(
            "SELECT path, reason FROM wanted WHERE state = ? ORDER BY path", (FileState.MISSING,)
        )
        return ((path, reason or "") for path, reason in rows)

    def close(self) -> None:
        self._connection.close()


def _head(lines: Iterator[bytes]) -> ManifestHead:
    try:
        return ManifestHead.model_validate_json(next(lines))
    except (StopIteration, ValidationError):
        raise ManifestDamaged(reason="no head") from None


def manifest_lines(chunks: Iterable[bytes], digest: str | None) -> Iterator[bytes]:
    """Yield the lines of a zstd manifest; refuses one that is cut off or not what `digest` says."""
    sha256, zstd, rest = hashlib.sha256(), zstandard.ZstdDecompressor().decompressobj(), b""
    for chunk in chunks:
        sha256.update(chunk)
        for piece in _small(chunk):
            *lines, rest = (rest + _plain(zstd, piece)).split(b"\n")
            yield from lines
            if len(rest) > LONGEST_LINE:
                raise ManifestDamaged(reason="a line without an end")
    if rest or not zstd.eof:
        raise ManifestDamaged(reason="cut off")
    if digest is not None and sha256.hexdigest() != digest:
        raise ManifestDamaged(reason="not what was stored")


def _small(chunk: bytes) -> Iterator[bytes]:
    view = memoryview(chunk)
    return (bytes(view[at : at + MOST_AT_ONCE]) for at in range(0, len(view), MOST_AT_ONCE))


def _plain(zstd: Any, chunk: bytes) -> bytes:
    try:
        return bytes(zstd.decompress(chunk))
    except zstandard.ZstdError:
        raise ManifestDamaged(reason="not zstd") from None
