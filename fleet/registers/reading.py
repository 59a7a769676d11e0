"""From rows of text to entries: which header is which column, and what each cell says."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final

from pydantic_core import PydanticCustomError

from fleet.contracts.fields import SENTENCES
from fleet.contracts.numbers import card_number, imei, phone_number
from fleet.contracts.registers import (
    EXAMPLES,
    NO,
    REGISTERS,
    YES,
    Column,
    Kind,
    Use,
    Value,
    headers_of,
    is_secret,
    plain_header,
)
from fleet.contracts.spreadsheets import FORMULA
from fleet.contracts.words import _
from fleet.registers.errors import (
    AnotherRegister,
    HeadersNotFound,
    HeaderTwice,
    PasswordColumn,
    SheetTooLarge,
)
from fleet.registers.files import MOST_ROWS, Row, sheets

TITLES: Final = 10  # rows among which the headers are looked for
LONGEST: Final = 200
_QUOTED: Final = re.compile(r'="([^"]*)"')  # how people keep leading zeros in a CSV
_CUT: Final = re.compile(r"[+-]?\d(\.\d+)?E\+\d+", re.IGNORECASE)
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NO_TEXT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BESIDE: Final = str.maketrans("", "", "\u200b\u200e\u200f\u202a\u202c\ufeff")

GET_TEXT: Final = _("Make the column text in the spreadsheet, and enter the number again.")


class CellWrong(Exception):
    """What is wrong with a cell, and what to do: marked sentences, with what fills them."""

    def __init__(
        self, message: str, advice: str, field: str | None = None, **blanks: object
    ) -> None:
        super().__init__(message)
        self.message, self.advice, self.field, self.blanks = message, advice, field, blanks


@dataclass(frozen=True)
class Headers:
    """`places` leads from the field to where it stands in a row, and how it is called there."""

    line: int
    places: Mapping[str, tuple[int, str]]
    shown_only: list[str] = field(default_factory=list)
    not_kept: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A row with a value for every cell that has one; `wrong` are its cells that say nothing."""

    line: int
    values: dict[str, Any]
    wrong: list[tuple[str, CellWrong]]


@dataclass(frozen=True)
class Table:
    """The rows of a file, kept on disk to be read as often as it takes."""

    kind: Kind
    headers: Headers
    spooled: Path
    rows: int
    examples: int

    def entries(self) -> Iterator[Entry]:
        return self._entries(self.headers.places)

    def values(self, name: str) -> Iterator[Any]:
        """Give what one column says in every row where it says something."""
        places = self.headers.places
        if name in places:
            found = self._entries({name: places[name]})
            yield from (one.values[name] for one in found if name in one.values)

    def _entries(self, places: Mapping[str, tuple[int, str]]) -> Iterator[Entry]:
        columns = {one.name: one for one in REGISTERS[self.kind].columns}
        with self.spooled.open(encoding="utf-8") as file:
            for text in file:
                line, *cells = json.loads(text)
                yield _entry(line, cells, places, columns)


def spool(kind: Kind, path: Path, into: IO[str], taken: Collection[str] | None = None) -> Table:
    """Find the headers in the first sheet that has them, and keep the rows beneath.

    `taken` names the columns that are read, where they are others than those of an import.
    """
    with closing(sheets(path)) as every:
        headers, rows = _found(kind, every, taken)
        kept = examples = 0
        for line, cells in enumerate(rows, start=headers.line + 1):
            first = next((cell.strip() for cell in cells if cell.strip()), "")
            if first.startswith(EXAMPLES):
                examples += 1
            elif first:
                kept += 1
                if kept > MOST_ROWS:
                    raise SheetTooLarge(most=str(MOST_ROWS))
                into.write(json.dumps([line, *cells]) + "\n")
    into.flush()
    return Table(kind, headers, Path(into.name), kept, examples)


def _found(
    kind: Kind, every: Iterable[Iterator[Row]], taken: Collection[str] | None
) -> tuple[Headers, Iterator[Row]]:
    seen: list[Row] = []
    for rows in every:
        tops = list(islice(rows, TITLES))
        seen += tops
        for number, cells in enumerate(tops, start=1):
            if _are_headers(kind, cells):
                return _headers(kind, number, cells, taken), chain(tops[number:], rows)
    likeness = {other: max((_taken(other, cells) for cells in seen), default=0) for other in Kind}
    other = max(likeness, key=lambda one: likeness[one])
    if likeness[other] > 1:
        raise AnotherRegister(register=kind.value, other=other.value)
    needed = [one.zh for one in REGISTERS[kind].columns if one.required]
    raise HeadersNotFound(headers=", ".join(needed or ["微信号", "企业微信userid"]))


def _are_headers(kind: Kind, cells: Row) -> bool:
    """Tell headers from a title above them: two are known, or the only one there is."""
    known = headers_of(kind)
    named = [cell for cell in cells if cell.strip()]
    found = sum(plain_header(cell) in known for cell in named)
    secret = sum(is_secret(cell) and plain_header(cell) not in known for cell in named)
    return found + secret >= 2 or (found == 1 and len(named) == 1)


def _taken(kind: Kind, cells: Row) -> int:
    """Return how many of these headers are of columns that an import of the kind takes."""
    known = headers_of(kind)
    columns = (known.get(plain_header(cell)) for cell in cells)
    return sum(column is not None and column.use is Use.TAKEN for column in columns)


def _headers(kind: Kind, line: int, cells: Row, taken: Collection[str] | None) -> Headers:
    known, headers = headers_of(kind), Headers(line, places := {})
    for place, text in enumerate(cells):
        header = text.strip()
        column = known.get(plain_header(header)) if header else None
        if column is None:
            if is_secret(header):
                raise PasswordColumn(header=header)
            headers.unknown.extend([header] if header else [])
        elif column.use is Use.TAKEN if taken is None else column.name in taken:
            if column.name in places:
                raise HeaderTwice(header=header)
            places[column.name] = place, header
        else:
            aside = headers.shown_only if column.use is Use.SHOWN else headers.not_kept
            aside.append(header)
    return headers


def _entry(
    line: int,
    cells: list[str],
    places: Mapping[str, tuple[int, str]],
    columns: Mapping[str, Column],
) -> Entry:
    entry = Entry(line, {}, [])
    for name, (place, _header) in places.items():
        try:
            value = read_cell(columns[name], cells[place] if place < len(cells) else "")
        except CellWrong as wrong:
            entry.wrong.append((name, wrong))
        else:
            if value is not None:
                entry.values[name] = value
    return entry


def read_cell(column: Column, raw: str) -> Any:
    """Return what a cell says, None where it says nothing; refused where that cannot be right."""
    text = raw.translate(_BESIDE).strip()
    quoted = _QUOTED.fullmatch(text)
    text = quoted[1].strip() if quoted else text
    if not text:
        return None
    if text.startswith("="):
        raise CellWrong(
            _("This is a formula: nothing is calculated here."),
            _("Copy the column and paste it as values."),
        )
    if text.startswith("'") and text[1:].startswith(FORMULA):
        text = text[1:]  # as our own exports write it
    if _NO_TEXT.search(text):
        raise CellWrong(
            _("There is a line break, or another character that no value has."), _("Remove it.")
        )
    if len(text) > LONGEST:
        raise CellWrong(
            _("This is too long: at most {most} characters."), _("Shorten it."), most=LONGEST
        )
    if column.as_text and _CUT.fullmatch(text):
        raise CellWrong(_("The spreadsheet has cut this number: digits are lost."), GET_TEXT)
    return _READERS[column.value](column, text)


def _handle(_column: Column, text: str) -> str:
    if "/" in text or not text.strip("."):
        raise CellWrong(_("No such name may have a slash, or be dots alone."), _("Correct it."))
    return text


def _digits(_column: Column, text: str) -> str:
    try:
        return phone_number(text)
    except ValueError:
        raise CellWrong(_("This is no phone number."), _("Write digits alone.")) from None


def _iccid(_column: Column, text: str) -> str:
    try:
        return card_number(text)
    except ValueError:
        raise CellWrong(
            _("This is no card number: those have 19 or 20 digits."),
            _("Copy it from the card again."),
        ) from None


def _imei(_column: Column, text: str) -> str:
    try:
        return imei(text)
    except PydanticCustomError as wrong:
        raise CellWrong(SENTENCES[wrong.type], _("Dial *#06# and copy it.")) from None


def _day(_column: Column, text: str) -> date:
    bare = text.partition("T")[0].partition(" ")[0] if ":" in text else text
    found = _DAY.fullmatch(bare) if not bare.isdecimal() else _COMPACT.fullmatch(bare)
    try:
        if found is None:
            raise ValueError(text)  # noqa: TRY301 — said below, as a day that no calendar has
        return datetime(*map(int, found.groups())).date()  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise CellWrong(_("This is no day."), _("Write it like 2026-03-01.")) from None


def _choice(column: Column, text: str) -> str:
    wanted = text.casefold()
    for value, word in column.choices.items():
        if wanted in {value.casefold(), word.casefold()}:
            return value
    raise CellWrong(
        _("This is none of {words}."), _("Choose one."), words=", ".join(column.choices.values())
    )


def _yes_no(_column: Column, text: str) -> bool:
    word = text.casefold()
    if word in YES | NO:
        return word in YES
    raise CellWrong(_("This is neither yes nor no."), _("Write 是 or 否."))


def _count(_column: Column, text: str) -> int:
    bare = text.replace(",", "")
    if re.fullmatch(r"\d{1,6}(\.0+)?", bare, re.ASCII):
        return int(bare.partition(".")[0])
    raise CellWrong(_("This is no number of things."), _("Write digits alone."))


_READERS: Final[Mapping[Value, Callable[[Column, str], Any]]] = {
    Value.TEXT: lambda _column, text: text,
    Value.HANDLE: _handle,
    Value.DIGITS: _digits,
    Value.ICCID: _iccid,
    Value.IMEI: _imei,
    Value.DAY: _day,
    Value.CHOICE: _choice,
    Value.YES_NO: _yes_no,
    Value.COUNT: _count,
}
