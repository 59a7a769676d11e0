"""Reading an index: opened, whole and well formed, or refused; kept on disk, not in memory."""

import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
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
LARGEST = 2**63 - 1  # a file system counts no further
READ = 1024 * 1024

TABLE = """
CREATE TABLE wanted (
    path BLOB PRIMARY KEY,
    pack INTEGER,
    sha256 TEXT,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    settled INTEGER NOT NULL DEFAULT 0,
    chosen INTEGER NOT NULL DEFAULT 1
)
"""

ASKED = "pack IS NOT NULL AND chosen AND NOT settled"


@dataclass(frozen=True)
class Expected:
    """What a path must be when it is restored."""

    sha256: str
    size: int
    mtime: float


@dataclass(frozen=True)
class Asked:
    """How much is asked of an index: files that are in packs, their bytes, and the packs."""

    files: int
    size: int
    packs: tuple[int, ...]


@contextmanager
def opened(
    chunks: Iterable[bytes], identities: Sequence[Any], identity_file: Path, digest: str | None
) -> Iterator["Wanted"]:
    """Open an index; one of format 1 was never sealed. Refuses what is not `digest`."""
    rest = iter(chunks)
    first = next(rest, b"")
    if not first.startswith(AGE):
        wanted = Wanted(chain([first], rest), digest)
    else:
        sealed = chain([first], rest)
        with unlocked(sealed, identities, identity_file, digest) as plain, plain.open("rb") as file:
            wanted = Wanted(pieces(file))
    try:
        yield wanted
    finally:
        wanted.close()


@contextmanager
def unlocked(
    chunks: Iterable[bytes], identities: Sequence[Any], identity_file: Path, digest: str | None
) -> Iterator[Path]:
    """Give a sealed index in the clear, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="workfleet-index-") as folder:
        sealed, plain = Path(folder) / "sealed", Path(folder) / "plain"
        try:
            opening.keep(chunks, sealed, digest)
            opening.unlock(sealed, plain, identities, identity_file)
        except PackDamaged as damage:
            raise ManifestDamaged(reason=str(damage)) from None
        yield plain


def pieces(file: IO[bytes]) -> Iterator[bytes]:
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
                "INSERT INTO wanted (path, pack, sha256, size, mtime, state, reason)"
                " VALUES (?,?,?,?,?,?,?)",
                (self._row(line) for line in islice(lines, self.head.listed)),
            )
            more = sum(1 for _line in islice(lines, 1))  # reads to the end, where the digest is
        except sqlite3.IntegrityError:
            raise ManifestDamaged(reason="a file that is named twice") from None
        self._count(more)  # it stays one transaction to the end: nothing of it is kept anyway

    def _row(self, line: bytes) -> tuple[object, ...]:
        try:
            file = IndexFile.model_validate_json(line)
            path = paths.bytes_of(file.path)
        except (ValidationError, ValueError):
            raise ManifestDamaged(reason="a line that is no file") from None
        if file.pack is not None and not 1 <= file.pack <= len(self.head.packs):
            raise ManifestDamaged(reason="a pack that is not listed")
        if file.pack is not None and file.sha256 is None:
            raise ManifestDamaged(reason="a stored file without a hash")
        if not 0 <= file.size <= LARGEST:
            raise ManifestDamaged(reason="a size that no file can have")
        return path, file.pack, file.sha256, file.size, file.mtime, file.state.value, file.reason

    def _count(self, more: int) -> None:
        [count] = self._connection.execute("SELECT count(*) FROM wanted").fetchone()
        if count + more != self.head.listed:
            raise ManifestDamaged(reason=f"{count + more} files of {self.head.listed}")

    def choose(self, fits: Callable[[bytes], bool]) -> None:
        """Ask only for the paths that `fits` says yes to."""
        self._connection.create_function("fits", 1, fits, deterministic=True)
        self._connection.execute("UPDATE wanted SET chosen = fits(path)")

    def choose_packs(self, numbers: Collection[int]) -> None:
        """Ask only for what is in these packs."""
        self._connection.execute("UPDATE wanted SET chosen = 0")
        self._connection.executemany(
            "UPDATE wanted SET chosen = 1 WHERE pack = ?", ((number,) for number in numbers)
        )

    def asked(self) -> Asked:
        """Return how much of what is in packs is asked for and not settled."""
        files, size = self._connection.execute(
            f"SELECT count(*), coalesce(sum(size), 0) FROM wanted WHERE {ASKED}"  # noqa: S608
        ).fetchone()
        packs = self._connection.execute(
            f"SELECT DISTINCT pack FROM wanted WHERE {ASKED} ORDER BY pack"  # noqa: S608
        )
        return Asked(files, size, tuple(pack for (pack,) in packs))

    def all_asked(self) -> Iterator[tuple[bytes, Expected]]:
        """Yield what is asked for and not settled; settling while it goes on is allowed."""
        after = b""
        while rows := self._connection.execute(
            f"SELECT path, sha256, size, mtime FROM wanted WHERE {ASKED} AND path > ?"  # noqa: S608
            " ORDER BY path LIMIT 2000",
            (after,),
        ).fetchall():
            yield from ((path, Expected(*rest)) for path, *rest in rows)
            after = rows[-1][0]

    def in_pack(self, path: bytes, pack: int) -> Expected | None:
        """Return what `path` must be, where it is to come from this pack."""
        found = self._connection.execute(
            f"SELECT sha256, size, mtime FROM wanted WHERE path = ? AND pack = ? AND {ASKED}",  # noqa: S608
            (path, pack),
        ).fetchone()
        return Expected(*found) if found else None

    def by_content(self, pack: int) -> dict[str, list[tuple[bytes, Expected]]]:
        """Return what is to come from this pack and has not, by the digest of its content."""
        rows = self._connection.execute(
            f"SELECT path, sha256, size, mtime FROM wanted WHERE pack = ? AND {ASKED}",  # noqa: S608
            (pack,),
        )
        found: dict[str, list[tuple[bytes, Expected]]] = {}
        for path, *rest in rows:
            found.setdefault(rest[0], []).append((path, Expected(*rest)))
        return found

    def bytes_in(self, pack: int) -> int:
        """Return how many bytes the index has in `pack`, asked for or not."""
        total = "SELECT coalesce(sum(size), 0) FROM wanted WHERE pack = ?"
        [size] = self._connection.execute(total, (pack,)).fetchone()
        return int(size)

    def settled(self, path: bytes) -> tuple[str, int]:
        """Remember that `path` was restored, or named as not; return its hash and size."""
        done = "UPDATE wanted SET settled = 1 WHERE path = ? RETURNING sha256, size"
        [(sha256, size)] = self._connection.execute(done, (path,)).fetchall()
        return sha256, size

    def not_found(self, pack: int) -> Iterator[bytes]:
        """Yield what should have come from `pack` and did not."""
        rows = self._connection.execute(
            f"SELECT path FROM wanted WHERE pack = ? AND {ASKED} ORDER BY path",  # noqa: S608
            (pack,),
        ).fetchall()
        return (path for (path,) in rows)

    def never_stored(self) -> Iterator[tuple[bytes, str]]:
        """Yield what of it the backup itself did not get, with the reason it gave."""
        return self._reasons(FileState.MISSING)

    def doubtful(self) -> Iterator[tuple[bytes, str]]:
        """Yield what is in a pack but was not equal to what was on the phone in the end."""
        return self._reasons(FileState.CHANGED)

    def _reasons(self, state: FileState) -> Iterator[tuple[bytes, str]]:
        rows = self._connection.execute(
            "SELECT path, reason FROM wanted WHERE state = ? AND chosen ORDER BY path", (state,)
        )
        return ((path, reason or "") for path, reason in rows)

    def files(self, where: str, order: str, *given: object) -> Iterator[sqlite3.Row]:
        """Yield the rows as a list of names shows them; `where` and `order` are our own words."""
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(f"SELECT * FROM wanted WHERE {where} ORDER BY {order}", given)  # noqa: S608

    def close(self) -> None:
        self._connection.close()


def _head(lines: Iterator[bytes]) -> IndexHead:
    try:
        return IndexHead.model_validate_json(next(lines))
    except (StopIteration, ValidationError):
        raise ManifestDamaged(reason="no head") from None
