"""`list` of every noun: its filters come from the noun's query contract, the rest is alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, get_args

import click

from cli.context import App
from cli.output import Column, show_data, show_table
from cli.speaking import Command, Option
from fleet.contracts.wire import ListQuery, Page
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from api.client import Client

Query = TypeVar("Query", bound=ListQuery)
LARGEST_PAGE: Final = 1000


@dataclass(frozen=True)
class Listing(Generic[Query]):
    """What a noun's `list` asks and shows.

    `filters` are fields of the query with their help, `flags` those that are on or off.
    """

    help: str
    query: type[Query]
    fetch: "Callable[[Client, Query], Page[Any]]"
    columns: Sequence[Column]
    empty: str
    filters: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)


class ListCommand(Command):
    """A command that knows what list it shows, for views of that list."""

    listing: "Listing[Any]"


def list_command(listing: Listing[Query], name: str = "list") -> ListCommand:
    """Return the command that shows a list, page by page or whole."""

    @click.pass_obj
    def run(app: App, /, *, every: bool, **given: Any) -> None:
        query = listing.query(**{name: value for name, value in given.items() if value is not None})
        show_list(app, listing, query, every=every)

    made = ListCommand(name, callback=run, help=listing.help, params=_options(listing))
    made.listing = listing
    return made


def show_list(app: App, listing: Listing[Query], query: Query, *, every: bool) -> None:
    """Show one page of a list, or all of them."""
    _show(app, listing, _all(app, listing, query) if every else listing.fetch(app.client, query))


def _options(listing: Listing[Query]) -> list[click.Parameter]:
    fields = listing.query.model_fields
    chosen: list[click.Parameter] = [
        _filter(name, fields[name].annotation, text) for name, text in listing.filters.items()
    ]
    flags = [
        Option([f"--{name.replace('_', '-')}"], is_flag=True, help=text)
        for name, text in listing.flags.items()
    ]
    return [
        *chosen,
        *flags,
        Option(["--find", "q"], metavar="TEXT", help=_("Part of any name people say aloud.")),
        Option(["--sort"], metavar="FIELD", help=_("Order by a field; -FIELD for descending.")),
        Option(
            ["--limit"],
            type=click.IntRange(1, LARGEST_PAGE),
            help=_("How many to a page; 50 when left out."),
        ),
        Option(["--after"], metavar="MARK", help=_("The page after this mark.")),
        Option(["--all", "every"], is_flag=True, help=_("All pages.")),
    ]


def _filter(name: str, annotation: object, text: str) -> Option:
    flag = f"--{name.replace('_', '-')}"
    if annotation is bool:
        return Option([flag], is_flag=True, help=text)
    return Option([flag], type=_type(annotation), help=text)


def _type(annotation: object) -> click.ParamType[Any] | None:
    """Offer the values of an enum to choose from; everything else is text."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], StrEnum):
        return click.Choice([item.value for item in kinds[0]])
    return None


def _all(app: App, listing: Listing[Query], query: Query) -> Page[Any]:
    from api.client import every

    largest = query.model_copy(update={"limit": LARGEST_PAGE})
    return Page[Any](items=list(every(lambda asked: listing.fetch(app.client, asked), largest)))


def _show(app: App, listing: Listing[Query], page: Page[Any]) -> None:
    if not app.for_people:
        show_data(app.output, page.items, after=page.next)
    elif page.items:
        show_table(page.items, listing.columns)
    else:
        app.say(listing.empty)
    if page.next and app.output != "json":
        more = say("There are more: --all, or --after {mark}", mark=page.next)
        click.echo(more, err=True)


def stream(
    fetch: Callable[[Query], Page[Any]], query: Query, most: int | None = None
) -> Iterator[Any]:
    """Give the items of a list, at most `most` of them."""
    from api.client import every

    return islice(every(fetch, query), most)
