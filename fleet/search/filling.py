"""Terms of what was there before them, some at a time; stopped at any instant, it goes on there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from fleet.contracts.clock import now
from fleet.database import Base
from fleet.search.keeping import forget, store, terms_about
from fleet.search.models import SearchFill, SearchTerm
from fleet.search.spelling import SPELLING
from fleet.settings import Settings

ERRAND: Final = "search.fill"
AT_A_TIME: Final = 500  # things
Kind = type[Base]


@dataclass(frozen=True)
class Filled:
    """How many things of a kind have their terms so far."""

    kind: str
    things: int
    done: bool


def searched_kinds() -> list[Kind]:
    """Return the models that say in `__search__` by what their rows are found."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__search__]
    return sorted(kinds, key=lambda kind: kind.__tablename__)


def fill_by_itself(sessions: sessionmaker[Session], _settings: Settings) -> int:
    """Fill what is not filled yet, or was spelt otherwise by an older version: an errand."""
    return sum(1 for _step in fill(sessions))


def fill(sessions: sessionmaker[Session]) -> Iterator[Filled]:
    """Fill every kind that is not; say after each batch, which is stored, how far it is."""
    for kind in searched_kinds():
        while True:
            with sessions.begin() as session:
                told = _fill_some(session, kind)
            if told is None:
                break
            yield told


def begin_anew(sessions: sessionmaker[Session]) -> None:
    """Have every kind filled from its beginning; one that is being filled goes on where it is."""
    with sessions.begin() as session:
        for kind in searched_kinds():
            _make_row(session, kind)
        whole = update(SearchFill).where(SearchFill.done_at.is_not(None))
        session.execute(whole.values(after=None, things=0, done_at=None))


def _fill_some(session: Session, kind: Kind) -> Filled | None:
    """Write the terms of the next things; None where nothing is left to do."""
    _make_row(session, kind)
    mine = select(SearchFill).where(SearchFill.kind == kind.__tablename__)
    state = session.scalars(mine.with_for_update()).one()
    if state.spelling != SPELLING:
        state.spelling, state.after, state.things, state.done_at = SPELLING, None, 0, None
    if state.done_at is not None:
        return None
    rows = _next_rows(session, kind, state.after)
    _write(session, kind, rows)
    if rows:
        state.after, state.things = rows[-1].id, state.things + len(rows)
    if len(rows) < AT_A_TIME:
        _drop_orphans(session, kind)
        state.done_at = now()
    return Filled(kind.__tablename__, state.things, done=state.done_at is not None)


def _next_rows(session: Session, kind: Kind, after: UUID | None) -> Sequence[Base]:
    """Return the next things, locked: whoever changes one meanwhile writes its terms after us."""
    some = select(kind).order_by(kind.id).limit(AT_A_TIME).with_for_update(of=kind)
    return session.scalars(some if after is None else some.where(kind.id > after)).unique().all()


def _write(session: Session, kind: Kind, rows: Sequence[Base]) -> None:
    connection = session.connection()
    forget(connection, kind.__tablename__, [row.id for row in rows])
    store(connection, [term for row in rows for term in terms_about(row, row.__search__)])


def _drop_orphans(session: Session, kind: Kind) -> None:
    stale = SearchTerm.kind == kind.__tablename__, SearchTerm.thing_id.not_in(select(kind.id))
    session.execute(delete(SearchTerm).where(*stale), execution_options=_UNSEEN)


_UNSEEN: Final = {"synchronize_session": False}


def _make_row(session: Session, kind: Kind) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    given = {"kind": kind.__tablename__, "spelling": SPELLING, "things": 0}
    first = dialect.insert(SearchFill).values(id=uuid4(), **given)
    session.execute(first.on_conflict_do_nothing(index_elements=[SearchFill.kind]))


def count_things(session: Session) -> int:
    """Return how many things there are to be filled in, for whoever shows how far it is."""
    counts = [select(func.count()).select_from(kind).scalar_subquery() for kind in searched_kinds()]
    return sum(session.execute(select(*counts)).one())
