"""The database that a set is restored into: empty before, and empty again where it fails."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from cli.private import PRIVATE
from cli.server.sets.errors import (
    DatabaseAway,
    DatabaseNotEmpty,
    DatabaseTooOld,
    NotAsStored,
    OtherDatabase,
)
from cli.server.sets.manifest import Manifest
from cli.server.sets.sealing import unseal
from cli.server.sets.snapshots import kind_of
from cli.server.sets.tools import access_to, running, tool_for
from fleet.database import make_engine

BESIDE: Final = ("", "-wal", "-shm", "-journal")
# What is neither PostgreSQL's own nor an extension's, by the statement that removes it.
OURS: Final = """
SELECT format('DROP TABLE IF EXISTS %I.%I CASCADE', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {own} AND {free}
UNION ALL
SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', c.oid::regprocedure)
FROM pg_proc c JOIN pg_namespace n ON n.oid = c.pronamespace
WHERE c.prokind = 'f' AND {own} AND {free}
""".format(
    own="n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'",
    free="NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
)


@dataclass(frozen=True)
class Opener:
    """The set and what opens it."""

    folder: Path
    manifest: Manifest
    identities: Sequence[Any]
    identity_file: Path

    def open_into(self, name: str, target: Any) -> None:
        item = self.manifest.file(name)
        unseal(self.folder / name, item, target, self.identities, self.identity_file)


def refuse_unfit(url: str, manifest: Manifest) -> None:
    """Refuse a database of another kind, an older one, and one that is not empty."""
    if kind_of(url) != manifest.database:
        raise OtherDatabase(made=manifest.database, given=kind_of(url))
    if manifest.database == "sqlite":
        path = Path(make_url(url).database or "")
        if path.exists() and path.stat().st_size:
            raise DatabaseNotEmpty(database=str(path))
        return
    with _connected(url) as connection:
        made, given = int(manifest.database_version.partition(".")[0]), _major(connection)
        if given < made:
            raise DatabaseTooOld(made=made, given=given)
        tool_for("pg_restore", max(given, manifest.dump_version or 0))
        if connection.scalars(text(OURS)).first():
            raise DatabaseNotEmpty(database=make_url(url).render_as_string())


def fill(url: str, opener: Opener, work: Path) -> None:
    if opener.manifest.database == "sqlite":
        _fill_file(Path(make_url(url).database or ""), opener)
    else:
        _fill_server(url, opener, work)


def empty_again(url: str) -> None:
    """Remove what a restore that failed has put there; there was nothing before it."""
    if kind_of(url) == "sqlite":
        for end in BESIDE:
            Path(f"{make_url(url).database}{end}").unlink(missing_ok=True)
        return
    with _connected(url) as connection, connection.begin():
        for statement in connection.scalars(text(OURS)).all():
            connection.exec_driver_sql(statement)


def _fill_file(path: Path, opener: Opener) -> None:
    path.unlink(missing_ok=True)  # it is empty
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        opener.open_into(opener.manifest.database_file.name, file)
        file.flush()
        os.fsync(file.fileno())
    with sqlite3.connect(path) as connection:
        answers = connection.execute("PRAGMA integrity_check(1)").fetchall()
    connection.close()
    if answers != [("ok",)]:
        raise NotAsStored(what=str(answers[0][0]))


def _fill_server(url: str, opener: Opener, work: Path) -> None:
    """Restore in one transaction: what is not all of it is nothing."""
    with _connected(url) as connection:
        tool = tool_for("pg_restore", max(_major(connection), opener.manifest.dump_version or 0))
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    with running(tool, words, access_to(url, work), stdin=subprocess.PIPE) as process:
        opener.open_into(opener.manifest.database_file.name, process.stdin)


def _major(connection: Connection) -> int:
    return int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    try:
        try:
            connection = engine.connect()
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()
            raise DatabaseAway(reason=reason[-1] if reason else "—") from None
        with connection:
            yield connection
    finally:
        engine.dispose()
