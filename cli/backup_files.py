"""`workfleet backup files`: the names in a backup, for whoever holds an identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli.amounts import amount
from cli.context import App
from cli.labels import label
from cli.options import IDENTITY
from cli.output import Column, show_data, show_table
from cli.restoring import BACKUP, OBJECTS, SERIAL, SERVER_KEY
from cli.speaking import argument, command, option
from fleet.contracts import paths
from fleet.contracts.backups import FileState
from fleet.contracts.wire import Moment, Shown
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from agents.station.backup.reading_index import Wanted

SORTS: Final = ("path", "size", "mtime", "state")
PAGE: Final = 50


class FileOut(Shown):
    r"""A file as the sealed index has it; a byte that is no UTF-8 is written as \xNN."""

    path: str
    size: int
    mtime: Moment
    state: FileState
    sha256: str | None
    pack: int | None
    reason: str | None


COLUMNS: Final = (
    Column(_("Path"), lambda one: one.path, long=True),
    Column(_("Size"), lambda one: amount(one.size), right=True),
    Column(_("Changed on the phone"), lambda one: one.mtime),
    Column(_("State"), lambda one: label(one.state)),
    Column(_("Pack"), lambda one: one.pack, right=True),
    Column(_("Reason"), lambda one: one.reason, spare=True, long=True),
)


@command(
    _(
        "List and search the names of files in a backup.\n\n"
        "Names are personal data: the server has them sealed, and they are opened on this machine."
    )
)
@argument("reference", required=False)
@IDENTITY
@OBJECTS
@SERIAL
@BACKUP
@SERVER_KEY
@option("--find", "--q", "q", metavar="TEXT", help=_("Part of the path, in any case of letters."))
@option("--only", multiple=True, metavar="PATTERN", help=_("Only what fits, as in `restore`."))
@option(
    "--state",
    type=click.Choice([state.value for state in FileState]),
    help=_("Only files in this state."),
)
@option("--sort", metavar="FIELD", help=_("Order by a field; -FIELD for descending."))
@option("--limit", type=click.IntRange(1), help=_("How many to a page; 50 when left out."))
@option("--after", metavar="MARK", type=click.IntRange(0), help=_("The page after this mark."))
@option("--all", "every", is_flag=True, help=_("All pages."))
@click.pass_context
def files(
    ctx: click.Context,
    reference: str | None,
    identity: Path,
    objects: Path | None,
    serial: str | None,
    chosen: str | None,
    server_key: str | None,
    q: str | None,
    only: tuple[str, ...],
    state: str | None,
    sort: str | None,
    limit: int | None,
    after: int | None,
    *,
    every: bool,
) -> None:
    from cli.restore_sources import Named, meant

    app: App = ctx.obj
    order = _order(sort)
    one = meant(app, Named(reference, objects, serial, chosen, server_key), identity)
    with _opened(one.origin, identity) as wanted:
        _choose(wanted, only)
        rows = _rows(wanted, q, state, order)
        _show(app, rows, after or 0, None if every else limit or PAGE)


@contextmanager
def _opened(source: Any, identity: Path) -> "Iterator[Wanted]":
    from agents.station.backup.opening import read_identities
    from agents.station.backup.reading_index import opened

    identities = read_identities(identity)
    with (
        source.index() as chunks,
        opened(chunks, identities, identity, source.digest) as wanted,
    ):
        yield wanted


def _choose(wanted: "Wanted", only: tuple[str, ...]) -> None:
    from agents.station.backup.restoring.patterns import Patterns

    if only:
        wanted.choose(Patterns(only).fits)


def _order(sort: str | None) -> str:
    """Return the words of SQL for it; what was typed is compared and never put in."""
    name = (sort or "path").removeprefix("-")
    if name not in SORTS:
        raise click.UsageError(say("Sort by one of: {fields}.", fields=", ".join(SORTS)))
    descending = " DESC" if (sort or "").startswith("-") else ""
    return f"{name}{descending}, path"


def _rows(wanted: "Wanted", q: str | None, state: str | None, order: str) -> Iterator[FileOut]:
    part = q.casefold() if q else ""
    for row in wanted.files("chosen AND (? IS NULL OR state = ?)", order, state, state):
        path = paths.text_of(row["path"])
        if part in path.casefold():
            yield FileOut(
                path=path,
                size=row["size"],
                mtime=_moment(row["mtime"]),
                state=row["state"],
                sha256=row["sha256"],
                pack=row["pack"],
                reason=row["reason"],
            )


def _moment(mtime: float) -> datetime:
    try:
        return datetime.fromtimestamp(mtime, UTC)
    except (ValueError, OverflowError, OSError):  # a time that no calendar has
        return datetime.fromtimestamp(0, UTC)


def _show(app: App, rows: Iterator[FileOut], after: int, limit: int | None) -> None:
    from itertools import islice

    found = list(islice(rows, after, None if limit is None else after + limit + 1))
    shown = found if limit is None else found[:limit]
    more = str(after + len(shown)) if len(found) > len(shown) else None
    if not app.for_people:
        show_data(app.output, shown, after=more)
    elif shown:
        show_table(shown, COLUMNS)
    else:
        app.say(_("No file fits."))
    if more and app.output != "json":
        click.echo(say("There are more: --all, or --after {mark}", mark=more), err=True)
