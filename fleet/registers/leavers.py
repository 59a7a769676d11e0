"""A spreadsheet of those who leave: who, by when, and who takes over."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from fleet.contracts.cases import LeaverRead, LeaversReadOut, RowRemark
from fleet.contracts.registers import EXAMPLES, Column, Value, plain_header
from fleet.contracts.words import _, say
from fleet.registers.errors import HeadersNotFound, SheetTooLarge
from fleet.registers.files import LARGEST_FILE, MEBIBYTE, Row, sheets
from fleet.registers.reading import TITLES, CellWrong, read_cell
from fleet.settings import Settings

MOST: Final = 1000  # people; more do not leave by one file
COLUMNS: Final = (
    Column("employee", "工号", ("员工编号", "员工号", "number"), Value.HANDLE, required=True),
    Column("by", "离职日期", ("最后工作日", "leaves_on", "last day"), Value.DAY),
    Column("successor", "接替人工号", ("接替人", "接收人工号", "交接人工号"), Value.HANDLE),
)
Places = Mapping[str, int]


def read(pieces: Iterable[bytes], settings: Settings) -> LeaversReadOut:
    """Return the rows of a file, .xlsx or CSV, and what is wrong with them line by line."""
    with tempfile.NamedTemporaryFile(dir=settings.home / "data", prefix="leavers-") as file:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > LARGEST_FILE:
                raise SheetTooLarge(most=f"{LARGEST_FILE // MEBIBYTE} MiB")
            file.write(piece)
        file.flush()
        with closing(sheets(Path(file.name))) as every:
            return _rows(every)


def _rows(every: Iterable[Iterator[Row]]) -> LeaversReadOut:
    for rows in every:
        places: Places = {}
        found, remarks = [], []
        for line, cells in enumerate(rows, start=1):
            first = next((cell.strip() for cell in cells if cell.strip()), "")
            if not places:
                places = _headers(cells) if line <= TITLES else {}
                continue
            if not first or first.startswith(EXAMPLES):
                continue
            try:
                found.append(_row(line, cells, places))
            except CellWrong as wrong:
                remarks.append(_remark(line, wrong))
            if len(found) > MOST:
                raise SheetTooLarge(most=str(MOST))
        if places:
            return LeaversReadOut(rows=found, remarks=remarks)
    raise HeadersNotFound(headers=COLUMNS[0].zh)


def _headers(cells: Row) -> Places:
    """Return which column stands where; nothing where this row names none that is needed."""
    known = {
        plain_header(header): one.name
        for one in COLUMNS
        for header in (one.name, one.zh, *one.aliases)
    }
    named = {
        known[header]: at
        for at, cell in enumerate(cells)
        if (header := plain_header(cell)) in known
    }
    return named if COLUMNS[0].name in named else {}


def _row(line: int, cells: Row, places: Places) -> LeaverRead:
    values = {
        one.name: read_cell(one, cells[at])
        for one in COLUMNS
        if (at := places.get(one.name)) is not None and at < len(cells)
    }
    if not values.get("employee"):
        raise CellWrong(_("This row names nobody."), _("Write the employee number into it."))
    return LeaverRead(line=line, **values)


def _remark(line: int, wrong: CellWrong) -> RowRemark:
    return RowRemark(
        line=line,
        message=say(wrong.message, **wrong.blanks),
        advice=say(wrong.advice, **wrong.blanks),
    )
