"""Where the server of this machine is, and its database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker

import fleet.tables
import fleet.wiring  # noqa: F401 — these commands start the domain, so they put it together
from cli.speaking import option
from fleet.contracts.words import _
from fleet.database import make_engine, make_sessions
from fleet.settings import Settings

HOME = option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder of the server; WORKFLEET_HOME, or the user's own when left out."),
)


def home_of(given: Path | None) -> Path:
    from platformdirs import user_data_path

    named = os.environ.get("WORKFLEET_HOME")
    place = given or (
        Path(named) if named else user_data_path("workfleet", appauthor=False) / "server"
    )
    return place.absolute()


@contextmanager
def sessions_on(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """Give sessions on the server's database, which is closed when the block ends.

    Every room's tables are known by then: what goes over all sealed text must miss none of it.
    """
    import fleet.tables  # noqa: F401

    engine = make_engine(settings.database)
    try:
        yield make_sessions(engine)
    finally:
        engine.dispose()


@contextmanager
def session_on(settings: Settings) -> Iterator[Session]:
    """Give a session on the server's database that is committed when the block ends well."""
    with sessions_on(settings) as sessions, sessions.begin() as session:
        yield session


def take_over_keys(settings: Settings) -> None:
    """Make the recipients of the settings the first escrow keys, where there are none yet."""
    from fleet.escrow.services import take_over

    with session_on(settings) as session:
        take_over(session, settings)


def recipients_kept(settings: Settings) -> tuple[str, ...]:
    """Return to whom this server seals: the active escrow keys, or the settings before any."""
    from fleet.escrow.queries import recipients_of

    with session_on(settings) as session:
        return tuple(recipients_of(session, settings))
