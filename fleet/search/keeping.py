"""Terms are written in the flush that writes what they name, whatever verb it is for.

The terms of a column are replaced when that column changes and no others: of two people who change
two columns of one thing at once, neither writes terms of what he has not seen.
"""

from collections.abc import Iterable, Iterator
from secrets import randbits
from time import time_ns
from typing import Any
from uuid import UUID
from zlib import crc32

from sqlalchemy import Table, bindparam, delete, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import PassiveFlag, Session
from sqlalchemy.orm.attributes import get_history

from fleet.database import Base
from fleet.search.models import SearchTerm
from fleet.search.spelling import SPELLING, terms_of

_TABLE: Table = SearchTerm.__table__  # type: ignore[assignment]
_OF_THING = _TABLE.c.thing_id == bindparam("thing"), _TABLE.c.kind == bindparam("of")
_FORGET_FIELD = delete(_TABLE).where(*_OF_THING, _TABLE.c.field == bindparam("column"))
_FORGET_THING = delete(_TABLE).where(*_OF_THING)

_INSERT = "INSERT INTO search_term (id, kind, thing_id, field, term, whole) VALUES "
_INSERTS = {
    "sqlite": f"{_INSERT}(?, ?, ?, ?, ?, ?)",
    "postgresql": f"{_INSERT}(%s, %s, %s, %s, %s, %s)",
}

Terms = list[tuple[str, str, str, str, bool]]  # kind, thing, column, term, and whether it is whole


def searched_kinds() -> list[type[Base]]:
    """Return the models that say in `__search__` by what their rows are found."""
    kinds = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__search__]
    return sorted(kinds, key=lambda kind: kind.__tablename__)


def spelling_of(kind: type[Base]) -> int:
    """Return a number that is another one when the terms of a kind are made otherwise."""
    told = f"{SPELLING} {sorted(kind.__search__.items())}"
    return crc32(told.encode()) & 0x7FFF_FFFF  # what both databases hold


@event.listens_for(Session, "after_flush")
def _keep(session: Session, _context: object) -> None:
    made = [term for row in _searched(session.new) for term in terms_about(row, row.__search__)]
    changed = [(row, field) for row in _searched(session.dirty) for field in _changed(row)]
    gone = list(_searched(session.deleted))
    if not (made or changed or gone):
        return
    made += [term for row, field in changed for term in terms_about(row, [field])]
    forgotten = [{**_of(row), "column": field} for row, field in changed]
    connection = session.connection()
    if forgotten:
        connection.execute(_FORGET_FIELD, forgotten)
    if gone:
        connection.execute(_FORGET_THING, [_of(row) for row in gone])
    store(connection, made)


def store(connection: Connection, terms: Terms) -> None:
    """Write terms past SQLAlchemy, whose care for each of so many rows costs more than they do.

    Their ids rise, so that rows that are made together are stored together.
    """
    if not terms:
        return
    first = time_ns()
    rows = [(f"{first + place:016x}{randbits(64):016x}", *term) for place, term in enumerate(terms)]
    connection.exec_driver_sql(_INSERTS[connection.dialect.name], rows)


def terms_about(row: Base, fields: Iterable[str]) -> Terms:
    """Return the terms of some of a row's columns, as they are stored."""
    kind, thing = row.__tablename__, row.id.hex
    return [
        (kind, thing, field, term, whole)
        for field in fields
        for term, whole in terms_of(row.__search__[field], getattr(row, field)).items()
    ]


def forget(connection: Connection, kind: str, things: Iterable[UUID]) -> None:
    connection.execute(
        delete(_TABLE).where(_TABLE.c.kind == kind, _TABLE.c.thing_id.in_(list(things)))
    )


def _searched(rows: Iterable[object]) -> Iterator[Base]:
    return (row for row in rows if isinstance(row, Base) and row.__search__)


def _changed(row: Base) -> Iterator[str]:
    return (
        field
        for field in row.__search__
        if get_history(row, field, PassiveFlag.PASSIVE_NO_INITIALIZE).has_changes()
    )


def _of(row: Base) -> dict[str, Any]:
    return {"thing": row.id, "of": row.__tablename__}
