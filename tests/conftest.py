"""What every test may ask for: a database as the migrations make it, rows, and counted queries."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
import migrations
from api.serve import leave_out_what_stays
from fleet.contracts.clock import now
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.vault.tools import Tools
from tests import postgres_server, thrift
from tests.factories import Make

pytest_plugins = ["tests.handset_fixtures"]

# A shell that runs the suite in the background has SIGINT ignored, and programs started from here
# would inherit that; the tests that press Ctrl-C need it to mean something.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

thrift.let_passwords_be_cheap()
thrift.compile_addresses_once()
thrift.compile_statements_once()
thrift.compile_templates_once()
thrift.wait_for_no_disk()

TEMPLATE = "workfleet_template"


def pytest_collection_finish() -> None:
    """Have the collector look at what tests make: it would go through all that was loaded."""
    leave_out_what_stays()


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
DIALECTS = ["sqlite", POSTGRES]
ON_SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("dialect", [POSTGRES], indirect=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated SQLite file; tests get copies of it."""
    path = tmp_path_factory.mktemp("template") / "workfleet.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the URL of a PostgreSQL that this worker started, with a migrated template in it."""
    binaries = postgres_server.newest_binaries()
    if binaries is None:
        pytest.fail("Debian's package postgresql is not installed: scripts/setup test installs it")
    with postgres_server.running(binaries) as server:
        _on_server(server.url, f"CREATE DATABASE {TEMPLATE}")
        migrations.upgrade(f"{server.url}/{TEMPLATE}")
        yield server.url


def _on_server(url: str, statement: str) -> None:
    server = create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(statement))


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> Iterator[Engine]:
    """Give one migrated database for all tests that undo what they did."""
    _on_server(postgres_url, f"CREATE DATABASE workfleet TEMPLATE {TEMPLATE}")
    engine = make_engine(f"{postgres_url}/workfleet")
    yield engine
    engine.dispose()


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a database without a table, of the test's own."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _own_database(request.getfixturevalue("postgres_url"), "template0") as url:
        yield url


@pytest.fixture
def url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a migrated database of the test's own: commits are real."""
    if dialect == "sqlite":
        path = tmp_path / "workfleet.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with _own_database(request.getfixturevalue("postgres_url"), TEMPLATE) as url:
        yield url


@contextmanager
def _own_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"{server}/{name}"
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Give an engine on a database of the test's own, for tests with several connections."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(dialect: str, request: pytest.FixtureRequest) -> Iterator[sessionmaker[Session]]:
    """Give sessions that can commit: on a copy of the file, or in savepoints that are undone."""
    if dialect == "sqlite":
        yield make_sessions(request.getfixturevalue("engine"))
        return
    shared: Engine = request.getfixturevalue("shared_postgres")
    with shared.connect() as connection:
        outer = connection.begin()
        yield make_sessions(connection, join_transaction_mode="create_savepoint")
        outer.rollback()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def another_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine be where it is another day than in UTC, whatever the hour."""
    monkeypatch.setenv("TZ", "UTC-14" if now().hour >= 10 else "UTC+12")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def make(session: Session) -> Make:
    return Make(session)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    settings = Settings(home=tmp_path, recipients=("age1test",))
    return Tools(Keyring.of(bytes(32)), settings)


@pytest.fixture
def count_queries(
    session: Session,
) -> Callable[[], AbstractContextManager[list[str]]]:
    """Give a block that lists the statements sent in it, to hold a list against N + 1."""

    @contextmanager
    def counted() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
                sent.append(statement)

        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counted
