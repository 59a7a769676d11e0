"""One moment of the database, looked at and copied while others go on writing."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from cli.server.sets.errors import DatabaseDamaged, SetNotWritten
from cli.server.sets.sealing import Source
from cli.server.sets.tools import access_to, running, tool_for
from fleet.database import make_engine, reading
from fleet.settings import Settings

LOCK_WAIT: Final = (
    "--lock-wait-timeout=30s"  # a migration that runs now; nothing else is in the way
)
Kind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Snapshot:
    """`session` reads this moment and no later one; `source` gives all of it, as `name` says."""

    session: Session
    kind: Kind
    name: str
    version: str
    source: Callable[[], AbstractContextManager[Source]]
    dump_version: int | None = None

    @property
    def revision(self) -> str:
        context = MigrationContext.configure(self.session.connection())
        return context.get_current_revision() or ""


def kind_of(url: str) -> Kind:
    return "sqlite" if make_url(url).get_backend_name() == "sqlite" else "postgresql"


def snapshot_of(
    settings: Settings, work: Path, pinned: Callable[[], None]
) -> AbstractContextManager[Snapshot]:
    """Give the database as it is at one moment; `pinned` is called as soon as that is fixed."""
    take = _of_sqlite if kind_of(settings.database) == "sqlite" else _of_postgres
    return take(settings.database, work, pinned)


@contextmanager
def _of_sqlite(url: str, work: Path, pinned: Callable[[], None]) -> Iterator[Snapshot]:
    path = make_url(url).database or ""
    copy = work / "workfleet.db"
    copy.touch(0o600)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as live:
        # In WAL mode a reader keeps its moment as long as its transaction lasts, and stops nobody.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        pinned()
        with closing(sqlite3.connect(copy)) as target, _room(work):
            live.backup(target)
    _look_at(copy)
    engine = make_engine(f"sqlite:///{copy}")
    try:
        with Session(engine) as session:
            yield Snapshot(
                session=reading(session),
                kind="sqlite",
                name="workfleet.db.zst.age",
                version=sqlite3.sqlite_version,
                # Nobody writes to the copy: all of it is in the one file.
                source=lambda: copy.open("rb"),
            )
    finally:
        engine.dispose()


@contextmanager
def _room(work: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SetNotWritten(folder=str(work), reason=str(error)) from None


def _look_at(copy: Path) -> None:
    """Have SQLite read every page and index of the copy."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        try:
            answers = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            raise DatabaseDamaged(reason=str(error)) from None
        if answers != [("ok",)]:
            raise DatabaseDamaged(reason=str(answers[0][0]))


@contextmanager
def _of_postgres(url: str, work: Path, pinned: Callable[[], None]) -> Iterator[Snapshot]:
    engine = make_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text("SET TRANSACTION READ ONLY"))
            # This one rests, holding its moment, as long as the dump takes.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            name = connection.scalar(text("SELECT pg_export_snapshot()"))
            pinned()
            number = int(connection.scalar(text("SHOW server_version_num")) or 0)
            tool = tool_for("pg_dump", number // 10000)

            @contextmanager
            def dumped() -> Iterator[Source]:
                words = ("--format=custom", "--compress=0", LOCK_WAIT, f"--snapshot={name}")
                access = access_to(url, work)
                with running(tool, words, access, stdout=subprocess.PIPE) as process:
                    assert process.stdout is not None  # noqa: S101 — for the type checker
                    yield process.stdout

            with Session(connection) as session:
                yield Snapshot(
                    session=session,
                    kind="postgresql",
                    name="workfleet.dump.zst.age",
                    version=f"{number // 10000}.{number % 10000}",
                    source=dumped,
                    dump_version=tool.version,
                )
    finally:
        engine.dispose()
