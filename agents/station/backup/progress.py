"""How far a backup has come, on disk: what was listed, what is in which pack, what was sent.

A backup that goes on from an earlier one takes over what is still as it was then: such a file is
in a pack that the server has already. One database per backup, in the backup's own folder; a
million files need no memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from agents.station.backup.spool import Spool
from agents.station.store import open_database, transaction, trouble_named
from fleet.contracts.clock import now
from fleet.contracts.paths import blinded

PAGE = 2000
MOST = 2**62  # what a phone says of its files may add up to anything

Rows = list[sqlite3.Row]
BaseFile = tuple[bytes, int, float, str, int]  # blinded name, size, time, SHA-256, pack

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS listed ( -- the newest listing
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    problem TEXT -- why it cannot be read, where the listing says so
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file ( -- what became of a path
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    pack INTEGER,
    sha256 TEXT,
    problem TEXT,
    compare INTEGER NOT NULL DEFAULT 1 -- 0: carried, and not drawn to be hashed again
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer ( -- what the phone itself makes of a path
    path BLOB PRIMARY KEY,
    phone_sha256 TEXT,
    unhashed TEXT -- why there is no hash
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pack (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0,
    carried INTEGER NOT NULL DEFAULT 0 -- made by an earlier backup
);
CREATE TABLE IF NOT EXISTS base ( -- what the earlier backup has, by blinded name
    key BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime REAL NOT NULL,
    sha256 TEXT NOT NULL,
    pack INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS base_as_old_and_long ON base (mtime, size);
"""

# A path is done when it was read at the size and time the newest listing shows, or found
# unreadable so, and the phone's own hash of what is in a pack, where already asked, is the same.
UNREAD = """
    SELECT listed.path, listed.size, listed.mtime FROM listed
    LEFT JOIN file USING (path) LEFT JOIN answer USING (path)
    WHERE listed.problem IS NULL AND listed.path > :after AND {size}
    AND (file.path IS NULL OR file.size != listed.size OR file.mtime != listed.mtime
         OR (file.pack IS NOT NULL AND answer.phone_sha256 != file.sha256))
    ORDER BY listed.path LIMIT :page
"""

UNHASHED = """
    SELECT path, size, mtime FROM file
    WHERE pack IS NOT NULL AND compare AND problem IS NULL
    AND path NOT IN (SELECT path FROM answer)
    AND path > :after ORDER BY path LIMIT :page
"""

EVERYTHING = """
    SELECT path, listed.size AS size, listed.mtime AS mtime, listed.problem AS unlisted,
           file.size AS read_size, file.mtime AS read_mtime, file.pack, file.sha256,
           file.problem, file.compare, answer.phone_sha256, answer.unhashed
    FROM listed LEFT JOIN file USING (path) LEFT JOIN answer USING (path)
    UNION ALL
    SELECT path, NULL, NULL, NULL, size, mtime, pack, sha256, problem, compare,
           answer.phone_sha256, answer.unhashed
    FROM file LEFT JOIN answer USING (path)
    WHERE NOT EXISTS (SELECT 1 FROM listed WHERE listed.path = file.path)
"""


# What is listed as the base has it, and was not dealt with yet.
CARRIED = """
    INSERT INTO file (path, size, mtime, pack, sha256, compare)
    SELECT listed.path, listed.size, listed.mtime, base.pack, base.sha256, drawn(base.key)
    FROM listed JOIN base ON base.key = blinded(listed.path)
    WHERE listed.problem IS NULL AND listed.size = base.size AND listed.mtime = base.mtime
    AND listed.path NOT IN (SELECT path FROM file)
"""


# What moving a file leaves as it was; the phone's own hash then says whether it is the same one.
PERHAPS_MOVED = """
    SELECT path, listed.size, listed.mtime FROM listed LEFT JOIN file USING (path)
    WHERE file.path IS NULL AND listed.problem IS NULL AND listed.size > 0 AND path > :after
    AND EXISTS (SELECT 1 FROM base WHERE base.size = listed.size AND base.mtime = listed.mtime)
    ORDER BY path LIMIT :page
"""

MOVED = """
    INSERT INTO file (path, size, mtime, pack, sha256)
    SELECT path, listed.size, listed.mtime, min(base.pack), base.sha256
    FROM listed JOIN answer USING (path)
    JOIN base ON base.size = listed.size AND base.mtime = listed.mtime
    AND base.sha256 = answer.phone_sha256
    WHERE listed.problem IS NULL AND path NOT IN (SELECT path FROM file)
    GROUP BY path
"""


@dataclass(frozen=True, slots=True)
class Item:
    """A file to read; `path` is relative to the root of shared storage."""

    path: bytes
    size: int
    mtime: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What was read of an item into the pack in the making; `problem` where it went wrong."""

    item: Item
    sha256: str | None = None
    problem: str | None = None


class Progress:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "backup.db"
        self._lock = RLock()
        self._connection = open_database(self._path, SCHEMA)
        with self.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO about VALUES ('started_at', ?)", (now().isoformat(),)
            )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction that is on the disk when it ends, and all before it."""
        with self._lock, transaction(self._connection, self._path):
            yield self._connection

    @contextmanager
    def noting(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction of what the phone says again: it is on the disk with the next one."""
        with self._lock:
            self._connection.execute("PRAGMA synchronous=NORMAL")
            try:
                with transaction(self._connection, self._path):
                    yield self._connection
            finally:
                self._connection.execute("PRAGMA synchronous=FULL")

    def rows(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Rows:
        with self._lock, trouble_named(self._path):
            return self._connection.execute(statement, values).fetchall()

    def number(self, statement: str) -> int:
        return int(min(self.rows(statement)[0][0] or 0, MOST))

    @property
    def started_at(self) -> datetime:
        [row] = self.rows("SELECT value FROM about WHERE key = 'started_at'")
        return datetime.fromisoformat(row["value"])

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def list_anew(self, found: Iterable[tuple[Item, str | None]]) -> None:
        """Replace the listing; every path comes with the reason why it cannot be read, or None."""
        with self.noting() as connection:
            connection.execute("DELETE FROM listed")
            connection.executemany(
                "INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?)",
                ((item.path, item.size, item.mtime, problem) for item, problem in found),
            )

    def has_base(self) -> bool:
        return bool(self.rows("SELECT 1 FROM about WHERE key = 'base'"))

    def keep_base(self, digest: str, packs: Sequence[str], files: Iterable[BaseFile]) -> None:
        """Keep what an earlier backup has: its packs by digest, and its files by pack number."""
        with self.writing() as connection:
            connection.executemany(
                "INSERT INTO pack (number, digest, size, sent, carried) VALUES (?, ?, 0, 1, 1)",
                enumerate(packs, start=1),
            )
            connection.executemany("INSERT INTO base VALUES (?, ?, ?, ?, ?)", files)
            connection.execute("INSERT INTO about VALUES ('base', ?)", (digest,))

    @property
    def base(self) -> str | None:
        """The digest of the manifest that this backup goes on from."""
        rows = self.rows("SELECT value FROM about WHERE key = 'base'")
        return rows[0]["value"] if rows else None

    def carry(self, names: bytes, compare: int) -> None:
        """Take over what is listed as the base has it.

        `compare` percent of these are drawn to be hashed by the phone again, by their blinded
        names, which nobody chooses.
        """
        below = compare * 2**16 // 100
        self._connection.create_function(
            "blinded", 1, lambda path: blinded(names, path), deterministic=True
        )
        self._connection.create_function(
            "drawn", 1, lambda key: int.from_bytes(key[:2]) < below, deterministic=True
        )
        with self.noting() as connection:
            connection.execute(CARRIED)

    def perhaps_moved(self) -> Iterator[Item]:
        """Yield what the base has not, and has a file as long and as old as."""
        return self._paged(PERHAPS_MOVED)

    def carry_moved(self) -> None:
        """Take over what the base has under another name, as the phone's own hash says."""
        with self.noting() as connection:
            connection.execute(MOVED)

    def todo(self, *, large: bool, threshold: int) -> Iterator[Item]:
        """Yield what is not in a pack as the newest listing shows it, smaller or larger files."""
        return self._paged(
            UNREAD.format(size=f"listed.size {'>=' if large else '<'} {threshold:d}")
        )

    def seal(self, number: int, pack: Spool, stored: Iterable[Stored]) -> None:
        """Keep a finished pack with what is in it, before anything of it is sent."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO pack (number, digest, size) VALUES (?, ?, ?)",
                (number, pack.digest, pack.size),
            )
            _keep(connection, stored, number)

    def keep_problems(self, problems: Iterable[Stored]) -> None:
        with self.writing() as connection:
            _keep_problems(connection, problems)

    def forgive(self) -> None:
        """Forget what could not be read or hashed: a new run tries it once more."""
        with self.writing() as connection:
            connection.execute("DELETE FROM file WHERE pack IS NULL")
            connection.execute("UPDATE file SET problem = NULL")
            connection.execute("DELETE FROM answer WHERE unhashed IS NOT NULL")

    def total(self) -> int:
        return self.number("SELECT total(size) FROM listed WHERE problem IS NULL")

    def packed(self) -> int:
        return self.number("SELECT total(size) FROM file WHERE pack IS NOT NULL")

    def files(self) -> tuple[int, int]:
        """Return how many files are in packs, and how many can be read."""
        return (
            self.number("SELECT count(*) FROM file WHERE pack IS NOT NULL"),
            self.number("SELECT count(*) FROM listed WHERE problem IS NULL"),
        )

    def drop(self, number: int) -> None:
        """Forget a pack whose file is lost: what was in it is read again."""
        with self.writing() as connection:
            connection.execute("DELETE FROM file WHERE pack = ?", (number,))
            connection.execute("DELETE FROM pack WHERE number = ?", (number,))

    def sent(self, number: int) -> None:
        with self.writing() as connection:
            connection.execute("UPDATE pack SET sent = 1 WHERE number = ?", (number,))

    def unsent(self) -> list[tuple[int, str, int]]:
        return [
            (row["number"], row["digest"], row["size"])
            for row in self.rows("SELECT * FROM pack WHERE NOT sent ORDER BY number")
        ]

    def next_number(self) -> int:
        return self.number("SELECT max(number) FROM pack") + 1

    def to_hash(self) -> Iterator[Item]:
        """Yield what is in a pack and the phone has not been asked about yet."""
        return self._paged(UNHASHED)

    def _paged(self, statement: str) -> Iterator[Item]:
        after = b""
        while rows := self.rows(statement, {"after": after, "page": PAGE}):
            yield from (Item(*row) for row in rows)
            after = rows[-1]["path"]

    def ask_anew(self, items: Iterable[Item]) -> None:
        """Forget what the phone made of files that are being read again."""
        with self.noting() as connection:
            connection.executemany(
                "DELETE FROM answer WHERE path = ?", ((item.path,) for item in items)
            )

    def answered(self, answers: Iterable[tuple[bytes, str | None, str | None]]) -> None:
        """Keep what the phone answered: (path, its hash, or why there is none)."""
        with self.noting() as connection:
            connection.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", answers)

    def everything(self) -> Iterator[Rows]:
        """Give every path ever listed, some at a time: the newest listing, and what became of it.

        Nothing may be written meanwhile.
        """
        with self._lock, closing(self._connection.execute(EVERYTHING)) as cursor:
            while rows := cursor.fetchmany(PAGE):
                yield rows

    def packs(self) -> list[sqlite3.Row]:
        """Return the packs that something is in, those of earlier backups first."""
        return self.rows(
            "SELECT number, digest, carried FROM pack"
            " WHERE number IN (SELECT DISTINCT pack FROM file) ORDER BY number"
        )


def _keep(connection: sqlite3.Connection, stored: Iterable[Stored], pack: int) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO file (path, size, mtime, pack, sha256, problem)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (done.item.path, done.item.size, done.item.mtime, pack, done.sha256, done.problem)
            for done in stored
        ),
    )


def _keep_problems(connection: sqlite3.Connection, problems: Iterable[Stored]) -> None:
    # An earlier copy in a pack stays: an old picture is better than none, and it is named changed.
    connection.executemany(
        "INSERT INTO file (path, size, mtime, problem) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (path) DO UPDATE SET problem = excluded.problem",
        ((bad.item.path, bad.item.size, bad.item.mtime, bad.problem) for bad in problems),
    )
