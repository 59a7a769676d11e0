"""How answers look: tables and named values for people, JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import click
from rich.cells import cell_len

from cli.labels import label
from fleet.contracts.proof import Level
from fleet.contracts.spreadsheets import BOM, harmless
from fleet.contracts.words import translated

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console
    from rich.text import Text

NOTHING: Final = "—"
LONG_LEAST: Final = 24
UNBOUNDED: Final = 100_000  # columns; where nobody's screen is there, nothing is folded
STYLES: Final = {Level.PROVEN: "green", Level.VERIFIED: "green", Level.NONE: "red"}


@dataclass(frozen=True)
class Column:
    """A column of a table: its marked title, and what it shows of an item.

    A `spare` column is left out while it is empty in every row; a `long` one is folded.
    """

    title: str
    value: Callable[[Any], object]
    right: bool = False
    spare: bool = False
    long: bool = False


def console() -> "Console":
    import os

    from rich.console import Console

    plain = Console(highlight=False)
    if plain.is_terminal or "COLUMNS" in os.environ:
        return plain
    return Console(highlight=False, width=UNBOUNDED)


def show_table(items: Sequence[object], columns: Sequence[Column]) -> None:
    """Show a table, or one block per item where the screen is too narrow for a row."""
    screen = console()
    shown = [column for column in columns if not column.spare or _filled(column, items)]
    rows = [[cell(column.value(item)) for column in shown] for item in items]
    titles = [translated(column.title) for column in shown]
    if _width(shown, titles, rows) > screen.width:
        _show_blocks(screen, titles, rows)
    else:
        _show_rows(screen, shown, titles, rows)


def _filled(column: Column, items: Sequence[object]) -> bool:
    return any(text_of(column.value(item)) != NOTHING for item in items)


def _width(
    columns: Sequence[Column], titles: Sequence[str], rows: Sequence[Sequence["Text"]]
) -> int:
    """Return the least width of the table: a long column may be folded down to LONG_LEAST."""
    lines = [[cell_len(title) for title in titles]]
    lines += [[value.cell_len for value in row] for row in rows]
    widest: list[int] = [max(column) for column in zip(*lines, strict=True)]
    least = [
        min(width, LONG_LEAST) if column.long else width
        for column, width in zip(columns, widest, strict=True)
    ]
    return sum(least) + 2 * (len(least) - 1)


def _show_rows(
    screen: "Console",
    columns: Sequence[Column],
    titles: Sequence[str],
    rows: Iterable[Sequence["Text"]],
) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column, title in zip(columns, titles, strict=True):
        justify: Literal["right", "left"] = "right" if column.right else "left"
        table.add_column(title, no_wrap=not column.long, overflow="fold", justify=justify)
    for row in rows:
        table.add_row(*row)
    _print_trimmed(screen, table)


def _print_trimmed(screen: "Console", content: object) -> None:
    """Print without the blanks that fill the last column: they fold on a narrow screen."""
    with screen.capture() as captured:
        screen.print(content)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _show_blocks(
    screen: "Console", titles: Sequence[str], rows: Sequence[Sequence["Text"]]
) -> None:
    for number, row in enumerate(rows):
        if number:
            click.echo()
        _show_pairs(screen, list(zip(titles, row, strict=True)))


def show_fields(rows: Iterable[tuple[str, object]]) -> None:
    """Show named values, one a line; the names are marked sentences."""
    _show_pairs(console(), [(translated(name), cell(value)) for name, value in rows])


def _show_pairs(screen: "Console", pairs: Sequence[tuple[str, "Text"]]) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, value)
    _print_trimmed(screen, table)


def cell(value: object) -> "Text":
    from rich.text import Text

    if isinstance(value, Level):
        return Text(label(value), style=STYLES.get(value, ""))
    return Text(text_of(value))


def text_of(value: object) -> str:
    """Return a value as people read it: local time, a person by name, nothing as a dash."""
    match value:
        case None | "" | []:
            return NOTHING
        case bool():
            return "✓" if value else NOTHING
        case datetime():
            return local(value)
        case list() | tuple():
            return ", ".join(text_of(one) for one in value)
        case _:
            return _one_line(value)


def _one_line(value: object) -> str:
    name, number = getattr(value, "name", None), getattr(value, "number", None)
    if name and number:  # an employee
        return f"{name} ({number})"
    return " ".join(str(value).split())


def local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def show_data(
    output: str,
    items: "Sequence[BaseModel]",
    *,
    single: bool = False,
    after: str | None = None,
) -> None:
    """Show answers as the contract's JSON, or as CSV with a line for each."""
    if output == "csv":
        click.echo(csv_of([item.model_dump(mode="json") for item in items]), nl=False)
        return
    dumped = [item.model_dump(mode="json") for item in items]
    shown: object = dumped[0] if single else {"items": dumped, "next": after}
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def csv_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV that a spreadsheet reads as text alone, with a byte order mark."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([harmless(row.get(name, "")) for name in names] for row in flat)
    return BOM + buffer.getvalue()


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}_")
        else:
            flat[prefix + name] = _plain(value)
    return flat


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() if all(isinstance(one, str | int | float) for one in value):
            return "; ".join(map(str, value))
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
