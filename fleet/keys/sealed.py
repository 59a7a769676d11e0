"""Every column of the house that holds sealed text, and the place that each text is bound to.

A room registers its own; whoever wraps keys anew or looks whether all of it opens goes through
this list and forgets nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select
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


SEALED: list[SealedColumn] = []


def sealed(column: SealedColumn) -> None:
    SEALED.append(column)


def every(session: Session, *, at_a_time: int = 1000) -> Iterator[tuple[SealedColumn, Row[Any]]]:
    """Give every sealed text of the house, some at a time."""
    for column in SEALED:
        last = None
        while rows := column.after(session, last, limit=at_a_time):
            for row in rows:
                yield column, row
            last = rows[-1].id
