"""`workfleet import`, `template` and `export`: whole registers as spreadsheets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

from cli import exits
from cli.context import DRY_RUN, YES, App, pass_app
from cli.output import Column, csv_of, show_data, show_table
from cli.speaking import argument, command, option
from fleet.contracts.proof import Level
from fleet.contracts.registers import KINDS_OF_ACCOUNTS, Kind
from fleet.contracts.words import LANGUAGES, _, say

if TYPE_CHECKING:
    from fleet.contracts.imports import ExportQuery, ImportOut

Answer = TypeVar("Answer")
KIND: Final = argument("kind", type=click.Choice([one.value for one in Kind]))
HEADERS: Final = option(
    *("--lang", "language"),
    type=click.Choice(LANGUAGES),
    default="zh_CN",
    help=_("Language of the headers; Chinese when left out."),
)
FIRST: Final = 50  # remarks and changes that a screen shows


@command(_("Take in a spreadsheet: all of its rows or none. Shows first what would change."))
@KIND
@argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option("--report", type=click.Path(path_type=Path), help=_("Write every remark to a CSV, too."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
@click.pass_context
def import_(
    ctx: click.Context,
    app: App,
    kind: str,
    file: Path,
    report: Path | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    take_in(ctx, app, Kind(kind), file, report, dry_run=dry_run, yes=yes)


def take_in(
    ctx: click.Context,
    app: App,
    kind: Kind,
    file: Path,
    report: Path | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Show what would come of a file, ask, and have all of it taken in or nothing."""
    from fleet.contracts.imports import ImportQuery

    sent = getattr(app.client, f"import_{kind.value}")
    plan: ImportOut = send(app, file, sent, ImportQuery(dry_run=True))
    if report is not None:
        _write_report(report, plan)
    if dry_run or plan.refused:
        _tell(app, plan)
        app.say(_("Nothing was stored."))
        ctx.exit(exits.INVALID if plan.refused else exits.OK)
    if not plan.added and not plan.changed:
        _tell(app, plan)
        return
    if app.for_people:
        _tell(app, plan)
    sentence = _("{added} are new, {changed} are changed.")
    app.confirm(sentence, yes=yes, added=plan.added, changed=plan.changed)
    done: ImportOut = send(app, file, sent, ImportQuery(plan=plan.plan))
    app.answer(
        done,
        _("Stored: {added} new, {changed} changed, {unchanged} as they were."),
        added=done.added,
        changed=done.changed,
        unchanged=done.unchanged,
    )


def send(
    app: App, file: Path, take_in: Callable[[Iterator[bytes], int, Any], Answer], query: object
) -> Answer:
    """Send a spreadsheet to be read, and show how far it is."""
    from rich.progress import BarColumn, DownloadColumn, TimeElapsedColumn

    from cli.bars import progress

    size = file.stat().st_size
    with (
        file.open("rb") as content,
        progress(app, BarColumn(), DownloadColumn(), TimeElapsedColumn()) as bar,
    ):
        task = bar.add_task(say("Sending {file}", file=file.name), total=size)

        def sent(count: int) -> None:
            bar.advance(task, count)
            if bar.tasks[0].finished:
                bar.update(task, description=say("The server reads every row"), total=None)

        return take_in(_pieces(content, sent), size, query)


def _pieces(content: BinaryIO, sent: Callable[[int], None]) -> Iterator[bytes]:
    while piece := content.read(256 * 1024):
        yield piece
        sent(len(piece))


def _tell(app: App, plan: "ImportOut") -> None:
    """Show what was found; a program gets it whole, or each remark as a line of CSV."""
    if not app.for_people:
        show_data(app.output, plan.remarks if app.output == "csv" else [plan], single=True)
        return
    _tell_headers(app, plan)
    if plan.remarks:
        show_table(plan.remarks[:FIRST], REMARKS)
        _say_more(app, len(plan.remarks) - FIRST)
    if plan.changes:
        show_table(plan.changes[:FIRST], CHANGES)
        _say_more(app, len(plan.changes) - FIRST)
    counts = {name: getattr(plan, name) for name in ("rows", "added", "changed", "unchanged")}
    app.say(_("{rows} rows in, {refused} refused."), rows=plan.rows, refused=plan.refused)
    app.say(_("{added} new, {changed} to change, {unchanged} as they are."), **counts)


def _say_more(app: App, count: int) -> None:
    if count > 0:
        app.say(_("… and {count} more: -o json, or --report for remarks."), count=count)


def _tell_headers(app: App, plan: "ImportOut") -> None:
    named = (
        (_("Not known, and left out: {headers}"), plan.unknown),
        (_("Not kept by the register: {headers}"), plan.not_kept),
        (_("Changed by commands of their own, not by a file: {headers}"), plan.shown_only),
    )
    for sentence, headers in named:
        if headers:
            app.say(sentence, headers=", ".join(headers))
    if plan.examples:
        app.say(_("Rows that are examples: {count}"), count=plan.examples)


REMARKS: Final = (
    Column(_("Line"), lambda one: one.line, right=True),
    Column(_("Column"), lambda one: one.column, spare=True),
    Column("", lambda one: "✗" if one.refused else "·"),
    Column(_("What is so"), lambda one: one.message, long=True),
    Column(_("What to do"), lambda one: one.advice, long=True),
)
CHANGES: Final = (
    Column(_("Line"), lambda one: one.line, right=True),
    Column(_("Of"), lambda one: one.name),
    Column(_("Column"), lambda one: one.column),
    Column(_("Before"), lambda one: one.old, long=True),
    Column(_("After"), lambda one: one.new, long=True),
)


def _write_report(path: Path, plan: "ImportOut") -> None:
    from cli.private import written_whole

    with written_whole(path) as file:
        file.write(csv_of([one.model_dump(mode="json") for one in plan.remarks]))


@command(_("Write an empty spreadsheet to fill in: headers, notes, an example."))
@KIND
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@HEADERS
@pass_app
def template(app: App, kind: str, file: Path, language: str) -> None:
    from fleet.contracts.imports import Language, TemplateQuery

    _require(file, ".xlsx")
    query = TemplateQuery(language=Language(language))
    _write(app, file, app.client.template(kind, query))


@command(_("Write a register to a spreadsheet, .xlsx or .csv; recorded."))
@KIND
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@HEADERS
@option("--find", "q", metavar="TEXT", help=_("Part of any name people say aloud."))
@option("--state", help=_("Only this state, like in_stock or issued."))
@option("--holder", metavar="NUMBER", help=_("Only what this employee holds (number)."))
@option("--station", help=_("Only phones last seen at this station."))
@option(
    "--pin",
    type=click.Choice([one.value for one in Level]),
    help=_("Only phones whose PIN is known so well."),
)
@option("--department", metavar="CODE", help=_("Only this department (its code)."))
@option("--status", help=_("Only this status: active, leaving, left."))
@option(
    *("--kind", "account_kind"),
    type=click.Choice(list(KINDS_OF_ACCOUNTS)),
    help=_("Only accounts of this kind."),
)
@pass_app
def export(
    app: App,
    /,
    kind: str,
    file: Path,
    language: str,
    account_kind: str | None,
    **filters: str | None,
) -> None:
    _require(file, ".xlsx", ".csv")
    given = {name: value for name, value in filters.items() if value is not None}
    given |= {"kind": account_kind} if account_kind else {}
    query = _query(Kind(kind), {**given, "form": file.suffix.lower()[1:], "language": language})
    _write(app, file, getattr(app.client, f"export_{kind}")(query))


def _query(kind: Kind, given: dict[str, Any]) -> "ExportQuery":
    """Return what is asked; a filter that this register has not is refused by its name."""
    from fleet.contracts import imports

    kinds = {
        Kind.DEPARTMENTS: imports.ExportQuery,
        Kind.EMPLOYEES: imports.EmployeeExportQuery,
        Kind.PHONES: imports.PhoneExportQuery,
        Kind.SIMS: imports.SimExportQuery,
        Kind.ACCOUNTS: imports.AccountExportQuery,
        Kind.PARTNERS: imports.PartnerExportQuery,
        Kind.HOLDINGS: imports.HoldingExportQuery,
    }
    return kinds[kind](**given)


def _require(file: Path, *endings: str) -> None:
    from cli.refusals import EndingWrong

    if file.suffix.lower() not in endings:
        raise EndingWrong(file=file.name, endings=", ".join(endings))


def _write(app: App, file: Path, download: Any) -> None:
    from cli.private import written_whole

    with download as pieces, written_whole(file) as made:
        for piece in pieces:
            made.buffer.write(piece)
    app.say(_("Written: {file}"), file=file)
