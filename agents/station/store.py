"""The station's memory on disk: what was committed here survives a loss of power."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from agents.station.disk import full_disk_named
from agents.station.errors import StationDiskFull, StoreDamaged

DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
# The second is what a full disk makes of the log's index, which is mapped into memory.
FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")

SCHEMA = """
CREATE TABLE IF NOT EXISTS fresh ( -- reports that were never sent: they have no number yet
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT -- the phone or the transport, where a later report may make this one needless
);
CREATE INDEX IF NOT EXISTS fresh_about ON fresh (about, kind);
CREATE TABLE IF NOT EXISTS report (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- AUTOINCREMENT: a number is never given twice
    at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rejected (
    sequence INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answer ( -- to slow questions: the newest of each phone
    serial TEXT NOT NULL,
    part TEXT NOT NULL,
    at TEXT NOT NULL,
    boot_id TEXT,
    build TEXT,
    command TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER,
    cut INTEGER NOT NULL,
    PRIMARY KEY (serial, part)
);
CREATE TABLE IF NOT EXISTS wireless ( -- phones without a cable, to be kept connected
    address TEXT NOT NULL,
    serial TEXT NOT NULL,
    guid TEXT NOT NULL,
    adb TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sight ( -- each phone as it was last told in full
    serial TEXT PRIMARY KEY,
    digest TEXT NOT NULL, -- of its facts
    body TEXT NOT NULL,
    told_at TEXT NOT NULL,
    seen_at TEXT NOT NULL, -- so since, or again
    quick TEXT, -- what the visit of then brought, where it was told in few words
    known INTEGER NOT NULL DEFAULT 0 -- the server has said that it has these facts
);
CREATE TABLE IF NOT EXISTS job (
    job TEXT PRIMARY KEY,
    attempt INTEGER NOT NULL,
    serial TEXT NOT NULL,
    lease TEXT, -- as it came, secrets sealed; taken out when the job has ended
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'ended')),
    touched INTEGER NOT NULL DEFAULT 0, -- a step that may have changed the phone was begun
    steps TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS delivery ( -- backups read whole, of which the server has not got all yet
    job TEXT PRIMARY KEY,
    done TEXT NOT NULL -- what is reported of the job once it has
);
CREATE TABLE IF NOT EXISTS kit ( -- with which a backup may be begun without the server
    serial TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    body TEXT NOT NULL, -- as it came, its secret sealed
    ahead REAL NOT NULL, -- seconds by which the server's clock was ahead of this one
    rests_until TEXT, -- before, nothing is begun by itself
    outdated INTEGER NOT NULL DEFAULT 0 -- a backup has ended here since: another kit is wanted
);
CREATE TABLE IF NOT EXISTS wish ( -- backups that somebody here asked for
    serial TEXT PRIMARY KEY,
    by TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS begun ( -- jobs of our own making, offered until they have ended
    job TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    bytes INTEGER NOT NULL, -- to which its packs may come
    whole_at TEXT,
    adopted INTEGER NOT NULL DEFAULT 0 -- the server has said that it knows it
);
"""


class Store:
    """One connection, used by one thread at a time; every transaction is on disk when it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._connection = open_database(path, SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._connection, self.path):
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    with full_disk_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    with trouble_named(path):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(schema)
    return connection


@contextmanager
def trouble_named(path: Path) -> Iterator[None]:
    """Refuse a full disk by name, and what is no database any more.

    A torn end of its log SQLite mends itself.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name in FULL:
            raise StationDiskFull(path=str(path)) from None
        if not name.startswith(DAMAGED):
            raise
        raise StoreDamaged(path=str(path)) from None


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Commit what the block did, or nothing of it."""
    try:
        with trouble_named(path):
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("COMMIT")
    except BaseException:
        _undo(connection)
        raise


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
