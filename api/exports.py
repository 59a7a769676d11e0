"""The trail on its way out, row by row, in whatever form it is asked for."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from api.house import House
from fleet.audit import queries
from fleet.contracts.audit import AuditQuery, ExportEnd
from fleet.contracts.chain import canonical
from fleet.contracts.spreadsheets import BOM, ENTRY_COLUMNS, entry_cells
from fleet.database import reading

LINES: Final = "application/x-ndjson"


def lines(at: House, query: AuditQuery) -> Iterator[str]:
    """Give each entry as a JSON object; the last line says how many there were."""
    written = 0
    for row in _rows(at, query):
        yield row + "\n"
        written += 1
    yield ExportEnd(entries=written).model_dump_json() + "\n"


def csv_lines(at: House, query: AuditQuery) -> Iterator[str]:
    """Give each entry as a line for a spreadsheet."""
    yield BOM + _csv_line(list(ENTRY_COLUMNS))
    for row in _rows(at, query):
        yield _csv_line(entry_cells(json.loads(row)))


def _rows(at: House, query: AuditQuery) -> Iterator[str]:
    """Give the rows from a session of their own: the request's is over when they are read."""
    with at.sessions() as session:
        found = queries.stored_rows(reading(session), *queries.matching(session, query))
        with closing(found) as rows:
            for row in rows:
                yield json.dumps(row, ensure_ascii=False, default=canonical)


def _csv_line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
