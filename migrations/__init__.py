"""The database's tables, brought from any version to any other; usable from code.

`upgrade(url)` is what `workfleet server upgrade` and the tests call.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from fleet.database import make_engine
from fleet.tables import metadata
from migrations.rendering import OPTIONS

HERE = Path(__file__).parent
# Date and time first, so that the files stand in the order in which they were written.
FILE_NAMES = "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
UPGRADE_LOCK = 0x6D696772  # of PostgreSQL's advisory locks: "migr"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; two at once take turns, and one does the work."""
    with _changing(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str = "-1") -> None:
    with _changing(url) as config:
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """Return the revision the database is at; None for one without tables."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this version of the software needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(revision: str) -> bool:
    """Tell whether this version of the software has the revision, and a way from it."""
    return any(
        script.revision == revision
        for script in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def differences(url: str) -> list[str]:
    """Name what differs between the models and the database at `url`; empty when nothing does."""
    with _connected(url) as connection:
        context = MigrationContext.configure(connection, opts=dict(OPTIONS))
        return [repr(change) for change in compare_metadata(context, metadata)]


def differences_of_a_fresh_database() -> list[str]:
    """Bring up an empty SQLite file and compare it with the models."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fresh.db'}"
        upgrade(url)
        return differences(url)


def draft(message: str) -> list[Path]:
    """Write a revision from what differs between the models and the newest revision."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fresh.db'}"
        upgrade(url)
        with _changing(url) as config:
            made = command.revision(config, message, autogenerate=True)
    scripts = made if isinstance(made, list) else [made]
    return [Path(script.path) for script in scripts if script is not None]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", FILE_NAMES)
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _changing(url: str) -> Iterator[Config]:
    """Give a configuration whose commands run in one transaction on the database at `url`."""
    with _connected(url) as connection:
        if connection.dialect.name == "sqlite":
            # SQLite alters a table by making it anew: what points at it must not mind. The pragma
            # is without effect inside a transaction, so it is sent past SQLAlchemy's own.
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 — for the type checker: it is connected
            driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if connection.dialect.name == "postgresql":
                for limit in ("lock_timeout", "idle_in_transaction_session_timeout"):
                    connection.execute(text(f"SET LOCAL {limit} = 0"))  # it may take its time
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(lock, {"key": UPGRADE_LOCK})
            config = _config()
            config.attributes["connection"] = connection
            yield config
