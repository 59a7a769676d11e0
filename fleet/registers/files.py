"""Spreadsheets as rows of text, whoever made them: nothing in them is run, and all is bounded.

An .xlsx is an archive of XML: its sizes are looked at before it is unpacked, no part of it may
declare a document type (nothing else can name entities, or other files), formulas stay text, and
rows come one after the other.
"""

import codecs
import csv
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Final
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from fleet.registers.errors import SheetHasMacros, SheetIsOld, SheetTooLarge, SheetUnreadable

MEBIBYTE: Final = 1024 * 1024
LARGEST_FILE: Final = 32 * MEBIBYTE
LARGEST_UNPACKED: Final = 512 * MEBIBYTE
LARGEST_TEXTS: Final = 64 * MEBIBYTE  # the shared texts of a workbook: they are held in memory
MOST_PARTS: Final = 500
MOST_ROWS: Final = 100_000
MOST_LINES: Final = MOST_ROWS + 1000  # with titles and blank lines
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 10_000
EXACT_DIGITS: Final = 15  # a spreadsheet keeps so many of a number, and makes zeros of the others

Row = list[str]
_OLD: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = b"PK\x03\x04"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BROKEN: Final = (
    *(zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError),
    *(AttributeError, IndexError, OSError, EOFError, RuntimeError),
    *(OverflowError, RecursionError, zlib.error, InvalidFileException),
)


def sheets(path: Path) -> Generator[Iterator[Row], None, None]:
    """Give the rows of each sheet of a file; of a CSV there is one."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == _OLD:
        raise SheetIsOld
    if path.stat().st_size > LARGEST_FILE:
        raise SheetTooLarge(most=f"{LARGEST_FILE // MEBIBYTE} MiB")
    if first == _ZIP:
        yield from _of_workbook(path)
    else:
        yield _of_text(path)


def _of_workbook(path: Path) -> Iterator[Iterator[Row]]:
    _look_inside(path)
    _refuse_document_types(path)
    with path.open("rb") as file, closing(_opened(file)) as book:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # they are what whoever made the file says of it
                yield _rows_of(sheet)


def _opened(file: IO[bytes]) -> openpyxl.Workbook:
    try:
        return openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except _BROKEN as error:
        raise SheetUnreadable(reason=type(error).__name__) from None


def _look_inside(path: Path) -> None:
    """Refuse an archive by what it says of itself; no more than that is ever unpacked of a part."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _BROKEN as error:
        raise SheetUnreadable(reason=type(error).__name__) from None
    if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
        raise SheetHasMacros
    texts = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    kept = sum(part.file_size for part in parts if _is_held_whole(part.filename.lower()))
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED:
        raise SheetTooLarge(most=f"{LARGEST_UNPACKED // MEBIBYTE} MiB")
    if texts > LARGEST_TEXTS or kept > LARGEST_TEXTS // 8:
        raise SheetTooLarge(most=f"{LARGEST_TEXTS // MEBIBYTE} MiB")


class _RootFound(Exception):
    """Ends the reading of a part where no document type can follow."""


def _refuse_document_types(path: Path) -> None:
    """Refuse a part with a document type: it stands before the first element, or nowhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                with archive.open(part) as content, suppress(ExpatError, _RootFound):
                    _find_root(content)
    except _BROKEN as error:
        raise SheetUnreadable(reason=type(error).__name__) from None


def _find_root(content: IO[bytes]) -> None:
    def document_type(*_: object) -> None:
        raise SheetUnreadable(reason="DOCTYPE")

    def root(*_: object) -> None:
        raise _RootFound

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = document_type, root
    parser.ParseFile(content)


def _is_held_whole(name: str) -> bool:
    """Tell which parts are read into memory at once: styles, the book itself, and the like."""
    return name.endswith((".xml", ".rels")) and not ("sheet" in name or "sharedstrings" in name)


def _rows_of(sheet: object) -> Iterator[Row]:
    rows = sheet.iter_rows(values_only=True)  # type: ignore[attr-defined]
    try:
        for cells in islice(rows, MOST_LINES):
            yield [_text_of(cell) for cell in cells[:MOST_COLUMNS]]
        if next(rows, None) is not None:
            raise SheetTooLarge(most=str(MOST_ROWS))
    except _BROKEN as error:
        raise SheetUnreadable(reason=type(error).__name__) from None


def _text_of(cell: object) -> str:  # noqa: PLR0911 — one line per kind of cell
    match cell:
        case None:
            return ""
        case str():
            return cell[:LONGEST_CELL]
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell) if abs(cell) < 10**EXACT_DIGITS else f"{cell:.5E}"
        case float():
            whole = cell.is_integer() and abs(cell) < 10**EXACT_DIGITS
            return str(int(cell)) if whole else f"{cell:.6G}"
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)[:LONGEST_CELL]


def _of_text(path: Path) -> Iterator[Row]:
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(LONGEST_CELL)
        file.seek(0)
        delimiter = max(",\t;", key=first.count)
        rows = csv.reader(file, delimiter=delimiter)
        try:
            for cells in islice(rows, MOST_LINES):
                yield [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
            if next(rows, None) is not None:
                raise SheetTooLarge(most=str(MOST_ROWS))
        except csv.Error as error:
            raise SheetUnreadable(reason=str(error)) from None


def _encoding_of(path: Path) -> str:
    """Tell by a mark, else strictly UTF-8, else GB18030: what Excel in Chinese saves as CSV."""
    with path.open("rb") as file:
        first = file.read(4)
    if first.startswith(_UTF_16):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\0" in first:
        candidates = ()
    else:
        candidates = ("utf-8-sig", "gb18030")
    found = next((one for one in candidates if _is_in(path, one)), None)
    if found is None:
        raise SheetUnreadable(reason="neither UTF-8 nor GBK")
    return found


def _is_in(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(MEBIBYTE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
