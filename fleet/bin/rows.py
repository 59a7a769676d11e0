"""Rows as plain values, whatever their table: taken out, put back, led from one record to another.

What refers to a record is read from the foreign keys: a room that is built later is counted too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, TypeDecorator, delete, func, insert, select
from sqlalchemy import update as change
from sqlalchemy.orm import Session

from fleet.database import Base
from fleet.search.keeping import forget, store, terms_about

Plain = dict[str, Any]
AT_ONCE = 500


def table_of(name: str) -> Table:
    return Base.metadata.tables[name]


def references(table: Table, but: Iterable[str] = ()) -> Iterator[Column[Any]]:
    """Return the columns that refer to rows of `table`, those of the tables `but` left out."""
    passed = set(but)
    for other in Base.metadata.sorted_tables:
        if other.name not in passed:
            for key in other.foreign_keys:
                if key.column.table is table:
                    yield key.parent


def referring(session: Session, table: Table, row: UUID, but: Iterable[str]) -> dict[str, int]:
    """Count the rows that refer to a record, by table."""
    found: dict[str, int] = {}
    for column in references(table, but):
        count = session.scalar(select(func.count()).where(column == row))
        if count:
            name = column.table.name
            found[name] = found.get(name, 0) + count
    return found


def taken_out(session: Session, table: Table, those: ColumnElement[bool]) -> list[Plain]:
    """Return rows as plain values, and delete them."""
    rows = session.execute(select(table).where(those)).mappings()
    kept = [{name: _plain(value) for name, value in row.items()} for row in rows]
    session.execute(delete(table).where(those))
    if _model(table).__search__:
        forget(session.connection(), table.name, [UUID(row["id"]) for row in kept])
    return kept


def put_back(session: Session, table: Table, rows: Sequence[Plain]) -> None:
    """Put rows back as they were, to be found by what people say of them."""
    for row in rows:
        session.execute(insert(table).values({c.name: _typed(c, row) for c in table.columns}))
    model = _model(table)
    if model.__search__:
        ids = [UUID(row["id"]) for row in rows]
        again = session.scalars(select(model).where(model.id.in_(ids)))
        terms = [term for row in again for term in terms_about(row, row.__search__)]
        store(session.connection(), terms)


def _model(table: Table) -> type[Base]:
    mappers = Base.registry.mappers
    found: type[Base] = next(one.class_ for one in mappers if one.local_table is table)
    return found


def moved(session: Session, column: Column[Any], old: UUID, new: UUID) -> list[str]:
    """Lead every row that refers to `old` to `new`; return the ids of those rows."""
    ids = list(session.scalars(select(column.table.c.id).where(column == old)))
    if ids:
        session.execute(change(column.table).where(column == old).values({column.name: new}))
    return [str(key) for key in ids]


def moved_back(
    session: Session, name: str, column: str, ids: Sequence[str], old: UUID, new: UUID
) -> int:
    """Lead those of these rows back to `new` that still refer to `old`; say how many."""
    table, count = table_of(name), 0
    for start in range(0, len(ids), AT_ONCE):
        some = [UUID(key) for key in ids[start : start + AT_ONCE]]
        those = table.c.id.in_(some), table.c[column] == old
        found = len(list(session.scalars(select(table.c.id).where(*those))))
        session.execute(change(table).where(*those).values({column: new}))
        count += found
    return count


def missing(session: Session, table: Table, rows: Iterable[Plain], inside: UUID) -> set[str]:
    """Return the tables of what these rows refer to that is gone; `inside` is one of their own."""
    gone = set()
    for row in rows:
        for key in table.foreign_keys:
            value = row.get(key.parent.name)
            if value is None or UUID(value) == inside:
                continue
            if session.scalar(select(key.column).where(key.column == UUID(value))) is None:
                gone.add(key.column.table.name)
    return gone


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _typed(column: Column[Any], row: Mapping[str, Any]) -> Any:
    """Return a plain value as its column keeps it; a column that came later has its default."""
    value = row.get(column.name)
    if column.name not in row and column.default is not None and column.default.is_scalar:
        return column.default.arg  # type: ignore[attr-defined]
    if not isinstance(value, str):
        return value
    stored = column.type
    kind = (stored.impl_instance if isinstance(stored, TypeDecorator) else stored).python_type
    if issubclass(kind, UUID):
        return UUID(value)
    return kind.fromisoformat(value) if issubclass(kind, date) else value
