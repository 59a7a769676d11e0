"""Lists of the console: one page for all of them, and a file with the same columns."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from flask import Response, request, url_for
from markupsafe import Markup

from api.console.blueprint import bp
from api.console.forms import queried
from api.console.surroundings import NOTHING, moment, page
from api.identity import asks, current_actor, may_ask
from api.transaction import current_session
from fleet.audit.exporting import record_list
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.spreadsheets import BOM, harmless
from fleet.contracts.views import LISTS
from fleet.contracts.wire import ListQuery
from fleet.contracts.words import _, say, translated

Query = TypeVar("Query", bound=ListQuery)
Rows = tuple[Sequence[Any], str | None]

LARGEST_PAGE: Final = 1000
FLAG: Final = (("true", _("yes")),)
A_FEW: Final = 5  # rows of a list on the page of what they belong to
VIEWABLE: Final = frozenset(one.query for one in LISTS.values())
COLOURS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("requested", "draft", "planned", "open"), "warning"),
    **dict.fromkeys(("approved", "appointed", "reserved", "running", "signed"), "info"),
    **dict.fromkeys(("valid", "done", "issued", "proven", "active", "cooperating"), "success"),
    "verified": "success",
    "observed": "info",
    "declared": "warning",
    **dict.fromkeys(("refused", "denied", "overdue", "unproven", "in_doubt", "critical"), "danger"),
    **dict.fromkeys(("lost", "frozen", "ended"), "danger"),
    **dict.fromkeys(("returning", "leaving", "suspended", "suspended_out", "warned"), "warning"),
    "high": "warning",
}


@dataclass(frozen=True)
class Column:
    """`cell` gives a value of the item; words of `badge` columns stand in colours.

    `to` is where the value itself has a page; None where whoever looks may not see it.
    """

    title: str
    cell: Callable[[Any], object]
    sort: str | None = None
    badge: bool = False
    wrap: bool = False
    to: Callable[[Any], str | None] | None = None


@dataclass(frozen=True)
class Filter:
    """A field of the query: one of a few values is chosen, or, where there are none, typed."""

    name: str
    title: str
    # With marked sentences; words that have labels need none.
    values: Sequence[tuple[str, str]] = ()
    spoken: Callable[[str], str] = label  # of a value without a sentence

    def named(self) -> list[tuple[str, str]]:
        return [(value, say(text) if text else self.spoken(value)) for value, text in self.values]


def among(kind: type[StrEnum]) -> Sequence[tuple[str, str]]:
    return [(one.value, "") for one in kind]


@dataclass(frozen=True)
class Ticks:
    """Rows that are ticked and sent to the page `to`, as so many `numbers` and one of `acts`.

    Where all that wait are of one kind, all of them may be sent there: `whole` says so.
    """

    to: str
    number: Callable[[Any], str]
    may: Callable[[Any], bool]  # whether there is anything to do with a row
    acts: Sequence[tuple[str, str]]  # with marked titles
    whole: Callable[[Any], str | None]  # the kind that a query is of


@dataclass(frozen=True)
class Listing(Generic[Query]):
    """What a list asks and shows; its first column leads `to` the page of the item."""

    name: str
    title: str
    search: str
    query: type[Query]
    permission: Permission
    rows: Callable[[Query], Rows]
    columns: Sequence[Column]
    to: Callable[[Any], str]
    sort: str
    filters: Sequence[Filter] = field(default_factory=tuple)
    scoped: bool = False
    new: tuple[str, str] | None = None  # the page where one is made, and its marked title
    ticks: Ticks | None = None
    whole: bool = True  # and no part of a list that has a page of its own: views are of the whole

    @property
    def viewable(self) -> bool:
        return self.whole and self.query in VIEWABLE


@dataclass(frozen=True)
class Part:
    """The first rows of a list, on the page of what they belong to; `address` is of them all."""

    listing: Listing[Any]
    items: Sequence[Any]
    address: str
    more: bool


LISTINGS: Final[dict[str, Listing[Any]]] = {}  # by name, for the views of them


def add(listing: Listing[Any]) -> None:
    """Add the page of a list, and the file that it is exported to."""
    LISTINGS[listing.name] = listing

    def shown() -> str:
        query = queried(listing.query, request.args)
        rows, mark = listing.rows(query)
        return page(
            "list.html",
            listing=listing,
            items=rows,
            next=mark,
            query=query,
            this_query=request.args,
            beside=_beside(listing, request.args),
            tickable=listing.ticks is not None and any(map(listing.ticks.may, rows)),
        )

    def export() -> Response:
        query = queried(listing.query, request.form, limit=LARGEST_PAGE)
        record_list(current_session(), listing.name, query, actor=current_actor())
        answer = Response("".join(_lines(listing, query)), content_type="text/csv; charset=utf-8")
        name = f'attachment; filename="workfleet-{listing.name}.csv"'
        answer.headers["Content-Disposition"] = name
        return answer

    guarded = asks(listing.permission, scoped=listing.scoped)
    address = f"/{listing.name.replace('_', '-')}"
    bp.add_url_rule(address, listing.name, guarded(shown), methods=["GET"])
    bp.add_url_rule(
        f"{address}/export.csv", f"export_{listing.name}", guarded(export), methods=["POST"]
    )


def part(name: str, most: int = A_FEW, **asked: object) -> Part | None:
    """Return the first rows of a list; None where there are none, or whoever looks may not ask."""
    listing, to = LISTINGS[name], f"console.{name}"
    if not may_ask(to):
        return None
    items, mark = listing.rows(listing.query.model_validate({**asked, "limit": most}))
    address = url_for(to, **asked)  # type: ignore[arg-type]
    return Part(listing, items, address, mark is not None) if items else None


def parts(*found: Part | None) -> list[Part]:
    return [one for one in found if one is not None]


def _beside(listing: Listing[Any], asked: Mapping[str, str]) -> dict[str, str]:
    """Return what narrows a list beside the fields of its form, as a link from elsewhere does."""
    shown = {"q", "sort", "limit", "after", *(one.name for one in listing.filters)}
    named = listing.query.model_fields.keys() - shown
    return {name: value for name, value in asked.items() if value and name in named}


def _lines(listing: Listing[Any], query: ListQuery) -> Iterator[str]:
    """Give the title line and every item that fits, page by page."""
    yield BOM + _line(translated(column.title) for column in listing.columns)
    while True:
        rows, mark = listing.rows(query)
        for one in rows:
            yield _line(_written(column, one) for column in listing.columns)
        if mark is None:
            return
        query = query.model_copy(update={"after": mark})


def _written(column: Column, one: object) -> str:
    """Return a value as a file has it: words in colours are words of ours there, too."""
    value = column.cell(one)
    return ", ".join(map(label, words(value))) if column.badge else text(value)


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([harmless(one) for one in cells])
    return buffer.getvalue()


@bp.app_template_global()
def said(value: object) -> Markup | str:
    """Return a value as a page shows it."""
    return moment(value) if isinstance(value, datetime) else text(value) or NOTHING


@bp.app_template_global()
def words(value: object) -> list[str]:
    """Return the words of a column in colours: one, several or none."""
    several = value if isinstance(value, tuple | list) else (value,)
    return [str(word) for word in several if word]


@bp.app_template_global()
def colour(word: object) -> str:
    """Return the colour that a word stands in."""
    return COLOURS.get(str(word), "secondary")


def text(value: object) -> str:
    """Return a value as one cell of a file holds it."""
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, StrEnum):
        return label(value)
    if isinstance(value, bool):
        return say(_("yes")) if value else ""
    if isinstance(value, tuple | list):
        return ", ".join(filter(None, map(text, value)))
    return "" if value is None else str(value)
