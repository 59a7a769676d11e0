"""Reading an index: opened, whole and well formed, or refused; kept on disk, not in memory."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from agents.station.backup import opening
from agents.station.backup.errors import ManifestDamaged
from agents.station.backup.lines import lines_of
from agents.station.backup.opening import PackDamaged
from fleet.contracts import paths
from fleet.contracts.backups import FileState, IndexFile, IndexHead

AGE = b"age-encryption.org/"
READ = 1024 * 1024

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


@contextmanager
def opened(
    chunks: Iterable[bytes], identities: Sequence[Any], identity_file: Path, digest: str | None
) -> Iterator["Wanted"]:
    """Open an index; one of format 1 was never sealed. Refuses what is not `digest`."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    if not first.startswith(AGE):
        wanted = Wanted(chain([first], pieces), digest)
    else:
        with tempfile.TemporaryDirectory(prefix="workfleet-index-") as folder:
            plain = _unlocked(
                chain([first], pieces), Path(folder), identities, identity_file, digest
            )
            with plain.open("rb") as file:
                wanted = Wanted(_pieces(file))
    try:
        yield wanted
    finally:
        wanted.close()


def _unlocked(
    chunks: Iterable[bytes],
    folder: Path,
    identities: Sequence[Any],
    identity_file: Path,
    digest: str | None,
) -> Path:
    sealed, plain = folder / "sealed", folder / "plain"
    try:
        opening.fetch(chunks, sealed, digest)
        opening.unlock(sealed, plain, identities, identity_file)
    except PackDamaged as damage:
        raise ManifestDamaged(reason=str(damage)) from None
    return plain


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(READ):
        yield piece


class Wanted:
    """What an index says should be there, and which of it has been dealt with."""

    def __init__(self, chunks: Iterable[bytes], digest: str | None = None) -> None:
        # An empty name makes a database of its own on disk that goes away with the connection.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(TABLE)
        lines = lines_of(chunks, digest)
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
            file = IndexFile.model_validate_json(line)
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


def _head(lines: Iterator[bytes]) -> IndexHead:
    try:
        return IndexHead.model_validate_json(next(lines))
    except (StopIteration, ValidationError):
        raise ManifestDamaged(reason="no head") from None
