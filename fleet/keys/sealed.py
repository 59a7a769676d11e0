"""Every column of the house that holds sealed text, and the place that each text is bound to.

A room registers its own; whoever wraps keys anew or looks whether all of it opens goes through
this list and forgets nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Table, inspect, select
from sqlalchemy.orm import Session

from fleet.database import Base


@dataclass(frozen=True)
class SealedColumn:
    """`needed` are the columns beside `id` that `context` reads from a row."""

    model: type[Base]
    name: str
    needed: tuple[str, ...]
    context: Callable[[Row[Any]], str]

    @property
    def table(self) -> Table:
        return self.model.__table__  # type: ignore[return-value]

    def after(
        self, session: Session, last: Any, *, limit: int, but: str | None = None
    ) -> list[Row[Any]]:
        """Return the next rows by id that hold something, without those that begin with `but`."""
        columns = self.table.c
        text = columns[self.name]
        wanted = select(columns.id, text, *(columns[name] for name in self.needed))
        statement = wanted.where(text.is_not(None)).order_by(columns.id).limit(limit)
        if last is not None:
            statement = statement.where(columns.id > last)
        if but is not None:
            statement = statement.where(~text.startswith(but, autoescape=True))
        return list(session.execute(statement))


_SEALED: list[SealedColumn] = []
# With tables of earlier versions that held nothing sealed: a set of one of those is looked over
# before it is brought on.
NOT_OURS: Final = {"alembic_version", "leaving_case", "leaving_item"}


def sealed(column: SealedColumn) -> None:
    _SEALED.append(column)


def columns_in(session: Session) -> list[SealedColumn]:
    """Return every column of sealed text in the database; one of an earlier version has fewer.

    A process that has not loaded a room does not know its secrets; it must not say that all of
    them open, and never that a key is needed no more.
    """
    there = set(inspect(session.connection()).get_table_names()) - NOT_OURS
    unknown = there - Base.metadata.tables.keys()
    if unknown:
        raise RuntimeError(f"rooms not loaded, so secrets may be missed: {sorted(unknown)}")
    return [one for one in _SEALED if one.table.name in there]


def every(session: Session, *, at_a_time: int = 1000) -> Iterator[tuple[SealedColumn, Row[Any]]]:
    """Give every sealed text of the house, some at a time."""
    for column in columns_in(session):
        last = None
        while rows := column.after(session, last, limit=at_a_time):
            for row in rows:
                yield column, row
            last = rows[-1].id
