"""Lists in pages: the next page starts after the last row shown, however many rows came between."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarResult, Select, TypeDecorator, and_, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.contracts.wire import ListQuery
from fleet.contracts.words import _
from fleet.database import Base
from fleet.errors import Invalid

Row = TypeVar("Row", bound=Base)
Thing = TypeVar("Thing")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(eq=False)
class SortUnknown(Invalid):
    sort: str
    known: str
    code = "sort_unknown"
    message = _("This list cannot be sorted by {sort}.")
    advice = _("It can be sorted by: {known}.")


class PageMarkUnreadable(Invalid):
    code = "page_mark_unreadable"
    message = _("The mark of the page before is not one this list gave.")
    advice = _("Start from the first page.")


@dataclass(frozen=True)
class Order:
    """By one column, empty values last, and by id where it is equal."""

    column: Column
    key: Column
    falling: bool

    @property
    def clauses(self) -> list[ColumnElement[Any]]:
        empty_last = self.column.is_(None).asc()
        if self.falling:
            return [empty_last, self.column.desc(), self.key.desc()]
        return [empty_last, self.column.asc(), self.key.asc()]

    def beyond(self, value: Any, key: UUID) -> ColumnElement[bool]:
        """Return what holds for the rows after the one with `value` and `key`."""
        later_key = self.key < key if self.falling else self.key > key
        empty = self.column.is_(None)
        if value is None:
            return and_(empty, later_key)
        later = self.column < value if self.falling else self.column > value
        return or_(later, and_(self.column == value, later_key), empty)


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
    if query.after:
        statement = statement.where(order.beyond(*_unmarked(query.after, sorts[name])))
    found: ScalarResult[Row] = session.scalars(
        statement.order_by(*order.clauses).limit(query.limit + 1)
    )
    rows: list[Row] = list(found.unique())
    if len(rows) <= query.limit:
        return rows, None
    last = rows[query.limit - 1]
    return rows[: query.limit], _mark(getattr(last, sorts[name].key), last.id)


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


def containing(text: str | None, *columns: Column) -> ColumnElement[bool]:
    """Return what holds where any of `columns` has `text` in it, whatever its case."""
    if not text:
        return true()
    return or_(false(), *(column.icontains(text, autoescape=True) for column in columns))
