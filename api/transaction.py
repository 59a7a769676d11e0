"""One transaction per request, committed before the answer leaves: a failed commit is a refusal.

A session is opened when a route first asks for it, so that nobody unknown and nothing invalid ever
waits for, or takes, the write lock of the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flask import Flask, Response, g, request
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from api import problems
from api.house import house
from fleet.database import ChangedMeanwhile, reading, write
from fleet.errors import FleetError

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def current_session() -> Session:
    """Return this request's session: it writes for POST and PUT, and only reads otherwise."""
    if "session" not in g:
        g.writes = request.method not in READS
        g.session = house().sessions()
        if not g.writes:
            reading(g.session)
    return g.session  # type: ignore[no-any-return]


def recording_session() -> Session:
    """Return a session whose changes are kept although the request only reads.

    For the answers that hand out a person's data: opening them is itself an entry of the trail,
    and the entry is stored before the first byte leaves.
    """
    if "session" not in g:
        g.writes = True
        g.session = house().sessions()
    return g.session  # type: ignore[no-any-return]


def undo() -> None:
    """Take back what this request began: what is shown after a refusal is as it was, or is now."""
    if "session" in g:
        g.session.rollback()


@contextmanager
def short_look() -> Iterator[Session]:
    """Give a reading session that ends with the block, for what comes before the request's own."""
    with house().sessions() as session:
        yield reading(session)


@contextmanager
def tried(*, dry_run: bool) -> Iterator[Session]:
    """Give this request's session for a verb; where it is only looked at, all of it is taken back.

    What is shown of it is worked out within the block.
    """
    session = current_session()
    begun = session.begin_nested() if dry_run else None
    yield session
    if begun is not None:
        begun.rollback()


def register(app: Flask) -> None:
    app.after_request(_commit)
    app.teardown_request(_close)


def _commit(response: Response) -> Response:
    if "session" not in g or not g.writes or response.status_code >= 400:
        return response
    try:
        write(g.session)
        g.session.commit()
    except FleetError as refusal:
        return problems.refused(refusal)
    except IntegrityError:
        return problems.answer(ChangedMeanwhile())
    except DataError:
        return problems.answer(problems.ValueImpossible())
    return response


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()
