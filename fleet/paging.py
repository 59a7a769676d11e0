"""Lists in pages: the next page starts after the last row shown, however many rows came between."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarResult, Select, TypeDecorator, and_, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.contracts.wire import ListQuery
from fleet.contracts.words import _
from fleet.database import Base
from fleet.errors import Invalid

Row = TypeVar("Row", bound=Base)
Thing = TypeVar("Thing")
State = TypeVar("State", bound=StrEnum)
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Part = tuple[list[ColumnElement[bool]], list[ColumnElement[Any]]]  # what holds, in what order


@dataclass(eq=False)
class SortUnknown(Invalid):
    sort: str
    known: str
    code = "sort_unknown"
    message = _("This list cannot be sorted by {sort}.")
    advice = _("It can be sorted by: {known}.")


@dataclass(eq=False)
class StateUnknown(Invalid):
    state: str
    known: str
    code = "state_unknown"
    message = _("There is no state {state} here.")
    advice = _("There are these: {known}.")


class PageMarkUnreadable(Invalid):
    code = "page_mark_unreadable"
    message = _("The mark of the page before is not one this list gave.")
    advice = _("Start from the first page.")


@dataclass(frozen=True)
class Order:
    """By one column, empty values last, and by id where it is equal.

    The rows with an empty value are asked for by themselves, once the others are at their end: an
    index of the column then gives each part in its order.
    """

    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[UUID]
    falling: bool

    def filled(self, beyond: tuple[Any, UUID] | None) -> Part:
        """Return what holds for the rows that have a value, and how they are ordered."""
        holds: list[ColumnElement[bool]] = []
        if self._may_be_empty:
            holds.append(self.column.is_not(None))
        if beyond is not None:
            holds.append(self._later(*beyond))
        order = [self.column] if self._is_unique else [self.column, self.key]
        return holds, [one.desc() if self.falling else one.asc() for one in order]

    def empty(self, beyond: UUID | None) -> Part:
        """Return the same of the rows that have none; by id alone."""
        holds: list[ColumnElement[bool]] = [self.column.is_(None)]
        if beyond is not None:
            holds.append(self.key < beyond if self.falling else self.key > beyond)
        return holds, [self.key.desc() if self.falling else self.key.asc()]

    @property
    def parts(self) -> int:
        return 2 if self._may_be_empty else 1

    def _later(self, value: Any, key: UUID) -> ColumnElement[bool]:
        later: ColumnElement[bool]
        later = self.column < value if self.falling else self.column > value
        if self._is_unique:
            return later
        later_key = self.key < key if self.falling else self.key > key
        # The first part is what an index begins at; the second one is of few rows.
        bound = self.column <= value if self.falling else self.column >= value
        return and_(bound, or_(later, later_key))

    @property
    def _is_own(self) -> bool:
        """Tell whether it is a column of the listed rows and not of what is joined to them."""
        return self._stored.table is self.key.property.columns[0].table

    @property
    def _stored(self) -> Any:
        return self.column.property.columns[0]

    @property
    def _may_be_empty(self) -> bool:
        return not self._is_own or bool(self._stored.nullable)

    @property
    def _is_unique(self) -> bool:
        return self._is_own and bool(self._stored.unique) and not self._may_be_empty


def page(
    session: Session,
    statement: Select[Row],
    query: ListQuery,
    *,
    sorts: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
    key: InstrumentedAttribute[UUID],
) -> tuple[list[Row], str | None]:
    """Return one page of `statement` and the mark of the next, None on the last."""
    name = (query.sort or default).removeprefix("-")
    order = _order(query.sort or default, sorts, key)
    mark = _unmarked(query.after, sorts[name]) if query.after else None
    rows = _rows(session, statement, order, mark, query.limit + 1)
    if len(rows) <= query.limit:
        return rows, None
    last = rows[query.limit - 1]
    return rows[: query.limit], _mark(getattr(last, sorts[name].key), last.id)


def _rows(
    session: Session,
    statement: Select[Row],
    order: Order,
    mark: tuple[Any, UUID] | None,
    most: int,
) -> list[Row]:
    """Return the rows behind `mark`: those with a value, and then those without one."""
    rows: list[Row] = []
    if mark is None or mark[0] is not None:
        rows += _part(session, statement, order.filled(mark), most)
    if len(rows) < most and order.parts > 1:
        past = mark[1] if mark and mark[0] is None else None
        rows += _part(session, statement, order.empty(past), most - len(rows))
    return rows


def _part(session: Session, statement: Select[Row], part: Part, most: int) -> list[Row]:
    holds, order = part
    found: ScalarResult[Row] = session.scalars(statement.where(*holds).order_by(*order).limit(most))
    return list(found.unique())


def merged(
    pages: Sequence[tuple[list[Row], str | None]],
    query: ListQuery,
    *,
    sorts: Mapping[str, InstrumentedAttribute[Any]],
    default: str,
) -> tuple[list[Row], str | None]:
    """Return one page of what several pages of the same order show; no value of it is empty."""
    sort = query.sort or default
    column = sorts[sort.removeprefix("-")].key
    found = {row.id: row for rows, _mark_of_it in pages for row in rows}
    rows = sorted(
        found.values(), key=lambda row: (getattr(row, column), row.id), reverse=sort.startswith("-")
    )
    is_last = len(rows) <= query.limit and not any(mark for _rows_of_it, mark in pages)
    shown = rows[: query.limit]
    return shown, None if is_last else _mark(getattr(shown[-1], column), shown[-1].id)


def page_of(
    things: Sequence[Thing],
    query: ListQuery,
    *,
    sorts: Mapping[str, Callable[[Thing], Any]],
    default: str,
    mark: Callable[[Thing], str],
) -> tuple[list[Thing], str | None]:
    """Return one page of what is no table; `mark` names each of them."""
    sort = query.sort or default
    key = sorts.get(sort.removeprefix("-"))
    if key is None:
        raise SortUnknown(sort=sort.removeprefix("-"), known=", ".join(sorts))
    rows = sorted(things, key=key, reverse=sort.startswith("-"))
    marks = [mark(row) for row in rows]
    if query.after is not None and query.after not in marks:
        raise PageMarkUnreadable
    start = marks.index(query.after) + 1 if query.after else 0
    end = start + query.limit
    return rows[start:end], marks[end - 1] if end < len(rows) else None


def _order(
    sort: str, sorts: Mapping[str, InstrumentedAttribute[Any]], key: InstrumentedAttribute[UUID]
) -> Order:
    name = sort.removeprefix("-")
    if name not in sorts:
        raise SortUnknown(sort=name, known=", ".join(sorts))
    return Order(column=sorts[name], key=key, falling=sort.startswith("-"))


def _mark(value: Any, key: UUID) -> str:
    plain = value.isoformat() if isinstance(value, date) else value
    return base64.urlsafe_b64encode(json.dumps([plain, key.hex]).encode()).decode()


def _unmarked(mark: str, column: InstrumentedAttribute[Any]) -> tuple[Any, UUID]:
    try:
        value, key = json.loads(base64.urlsafe_b64decode(mark))
        return _typed(value, _kind_of(column)), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
        raise PageMarkUnreadable from None


def _kind_of(column: InstrumentedAttribute[Any]) -> type[Any]:
    """Return the column's kind of value; a type of our own tells it by the one it wraps."""
    stored = column.type
    plain = stored.impl_instance if isinstance(stored, TypeDecorator) else stored
    return plain.python_type


def _typed(value: Any, kind: type[Any]) -> Any:
    if value is None:
        return None
    return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)


def of_state(states: type[State], said: str) -> State:
    """Return the state of a thing that somebody asks for by its name."""
    try:
        return states(said)
    except ValueError:
        raise StateUnknown(state=said, known=", ".join(states)) from None


def containing(text: str | None, *columns: Column) -> ColumnElement[bool]:
    """Return what holds where any of `columns` has `text` in it, whatever its case."""
    if not text:
        return true()
    return or_(false(), *(column.icontains(text, autoescape=True) for column in columns))


A_FEW: Final = 500  # rows of which a list of ids is made; of more, each row of a list is asked


def among(
    session: Session,
    key: InstrumentedAttribute[UUID],
    candidates: Iterable[Select[Any]],
    holds: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Return what holds for the rows whose `key` is among `candidates`; `holds` says it of one row.

    A database cannot know whether it is better to look few rows up, or to walk a list in its order
    until a page is full: here they are counted as far as it matters.
    """
    found: set[UUID] = set()
    for some in candidates:
        found |= set(session.scalars(some.limit(A_FEW + 1)))
        if len(found) > A_FEW:
            return holds
    return key.in_(found)
