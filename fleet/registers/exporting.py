"""Registers on their way out, under the headers they came in with; never a password."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.lifecycle import State as AccountState
from fleet.audit.exporting import record_list
from fleet.contracts.accounts import AccountKind, AccountOut, AccountQuery
from fleet.contracts.devices import DeviceOut, DeviceQuery
from fleet.contracts.imports import ExportQuery, Form, Language
from fleet.contracts.labels import label
from fleet.contracts.loans import HoldingQuery
from fleet.contracts.people import DepartmentQuery, EmployeeQuery, PartnerQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import EXAMPLES, REGISTERS, Column, Kind, Register, Value
from fleet.contracts.sims import SimOut, SimQuery
from fleet.contracts.spreadsheets import BOM, harmless
from fleet.contracts.wire import ListQuery
from fleet.contracts.words import say, speaking
from fleet.custody import register
from fleet.custody.holdings import holdings
from fleet.custody.models import Holding
from fleet.devices.lifecycle import State as DeviceState
from fleet.devices.models import Device
from fleet.paging import of_state
from fleet.people import partners, posts, queries
from fleet.people.models import Department, Employee, Partner
from fleet.registers.errors import RegisterUnknown
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim

PAGE: Final = 1000
PIECE: Final = 256 * 1024
NO_LETTER: Final = "\ufffd"
ROWS_OF_CHOICES: Final = 10_000  # so far down a template offers the fixed values
BOLD: Final = Font(bold=True)
FAINT: Final = Font(italic=True, color="808080")
READS: Final[Mapping[Kind, Permission]] = {
    Kind.DEPARTMENTS: Permission.PEOPLE_READ,
    Kind.EMPLOYEES: Permission.PEOPLE_READ,
    Kind.PHONES: Permission.DEVICES_READ,
    Kind.SIMS: Permission.SIMS_READ,
    Kind.ACCOUNTS: Permission.ACCOUNTS_READ,
    Kind.PARTNERS: Permission.PEOPLE_READ,
    Kind.HOLDINGS: Permission.CUSTODY_READ,
}
STATES: Final[Mapping[Kind, type[StrEnum]]] = {
    Kind.PHONES: DeviceState,
    Kind.SIMS: SimState,
    Kind.ACCOUNTS: AccountState,
}
Cells = dict[str, Any]


def record_export(session: Session, kind: Kind, query: ExportQuery, *, actor: Actor) -> None:
    """Record that a register is handed out; refused to whoever may not read it.

    What cannot be asked is refused here: once the first byte has left, nothing can be said.
    """
    actor.reach(READS[kind])
    state = getattr(query, "state", None)
    if state and kind in STATES:
        of_state(STATES[kind], state)
    record_list(session, kind.value, _asked(kind, query), actor=actor)


def exported(session: Session, kind: Kind, query: ExportQuery, *, actor: Actor) -> Iterator[bytes]:
    """Give a register within the actor's reach as the bytes of a file."""
    actor.reach(READS[kind])
    columns = REGISTERS[kind].written()
    with speaking(query.language.value):
        rows = (
            [_text(column, cells.get(column.name), query.language) for column in columns]
            for cells in _rows(session, kind, query, actor)
        )
        headers = [column.header(query.language) for column in columns]
        if query.form is Form.CSV:
            yield from _as_csv(headers, rows)
        else:
            yield from _as_workbook(kind, columns, headers, rows)


def template(kind: str, language: Language) -> Iterator[bytes]:
    """Give a spreadsheet to be filled in: headers with notes, an example, and fixed values."""
    if kind not in {one.value for one in Kind}:
        raise RegisterUnknown(kind=kind, known=", ".join(Kind))
    return _template(REGISTERS[Kind(kind)], language)


def _template(found: Register, language: Language) -> Iterator[bytes]:
    book = Workbook()
    sheet = book.active
    sheet.title = found.zh if language is Language.ZH else found.kind.value
    with speaking(language.value):
        for place, column in enumerate(found.asked(), start=1):
            _fill(sheet, place, column, language)
    first = sheet.cell(2, 1)
    first.value = EXAMPLES[0 if language is Language.ZH else 2] + str(first.value or "")
    sheet.freeze_panes = "A2"
    with tempfile.TemporaryFile() as file:
        book.save(file)
        yield from _pieces(file)


def _fill(sheet: Any, place: int, column: Column, language: Language) -> None:
    letter = get_column_letter(place)
    width = sheet.column_dimensions[letter]
    width.width = max(14, 2 * len(column.example))
    width.number_format = "@" if column.as_text else "yyyy-mm-dd"
    head, example = sheet.cell(1, place), sheet.cell(2, place)
    head.value = column.header(language) + ("*" if column.required else "")
    head.font = BOLD
    if column.note:
        head.comment = Comment(say(column.note), "workfleet", height=80, width=260)
    example.value, example.font, example.number_format = column.example, FAINT, "@"
    if column.choices:
        words = ",".join(_word(column, value, language) for value in column.choices)
        offered = DataValidation("list", formula1=f'"{words}"', allow_blank=True)
        offered.add(f"{letter}2:{letter}{ROWS_OF_CHOICES}")
        sheet.add_data_validation(offered)


def _word(column: Column, value: str, language: Language) -> str:
    return column.choices[value] if language is Language.ZH else value


def _asked(kind: Kind, query: ExportQuery) -> ListQuery:
    """Return what the list of the same things would have been asked."""
    asked = query.model_dump(exclude={"form", "language"}, exclude_none=True)
    return _QUERIES[kind](**asked, limit=PAGE)


def _rows(session: Session, kind: Kind, query: ExportQuery, actor: Actor) -> Iterator[Cells]:
    asked = _asked(kind, query)
    while True:
        rows, mark = _FETCHES[kind](session, asked, actor=actor)
        yield from _CELLS[kind](session, rows)
        session.expunge_all()  # a register may be longer than memory
        if mark is None:
            return
        asked = asked.model_copy(update={"after": mark})


def _departments(_session: Session, rows: Sequence[Department]) -> Iterator[Cells]:
    for row in rows:
        parent = row.parent.code if row.parent else None
        head = row.head.number if row.head else None
        first = row.responsible.number if row.responsible else None
        cells = {"code": row.code, "name": row.name, "parent": parent, "head": head}
        yield {**cells, "responsible": first}


def _employees(session: Session, rows: Sequence[Employee]) -> Iterator[Cells]:
    plain = ("number", "name", "position", "joined_on", "leaves_on")
    beside = posts.open_posts(session, [row.id for row in rows])
    for row in rows:
        cells = {name: getattr(row, name) for name in plain}
        cells |= {"department": row.department.code, "status": label(row.status.value)}
        yield {**cells, "posts": posts.written(beside.get(row.id, ()))}


def _partners(_session: Session, rows: Sequence[Partner]) -> Iterator[Cells]:
    for row in rows:
        cells = dict(partners.shown(row))
        yield {**cells, "state": label(row.state.value)}


def _phones(session: Session, rows: Sequence[DeviceOut]) -> Iterator[Cells]:
    numbers = [row.holder.number for row in rows if row.holder]
    named = select(Employee.number, Department.name).join(Employee.department)
    found = session.execute(named.where(Employee.number.in_(numbers))) if numbers else ()
    departments = dict(iter(found))
    tags = [row.tag for row in rows]
    cards, issues = _cards_in(session, tags), _issues_of(session, tags)
    for row in rows:
        imeis = [*row.imei, None, None]
        number, iccid = cards.get(row.tag, (None, None))
        issued_on, handler = issues.get(row.tag, (None, None))
        yield {
            **_held(row),
            "imei1": imeis[0],
            "imei2": imeis[1],
            "number": number,
            "iccid": iccid,
            "department": departments.get(row.holder.number) if row.holder else None,
            "owner": row.owner.number if row.owner else None,
            "issued_on": issued_on,
            "handler": handler,
        }


def _cards_in(session: Session, tags: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the number and the card in each of these phones."""
    inside = select(Device.tag, Sim.number, Sim.iccid).join(Sim, Sim.device_id == Device.id)
    live = inside.where(Device.tag.in_(tags), Sim.state != SimState.CANCELLED)
    rows = session.execute(live.order_by(Sim.number.desc()))
    return {tag: (number, iccid) for tag, number, iccid in rows}


def _issues_of(session: Session, tags: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """Return since when each of these phones is out, and who handed it out."""
    out = select(Device.tag, Holding.issued_at, Holding.issued_by).join(Holding.device)
    rows = session.execute(out.where(Device.tag.in_(tags), Holding.returned_at.is_(None)))
    return {tag: (at, by) for tag, at, by in rows}


def _held(row: DeviceOut | SimOut | AccountOut) -> Cells:
    """Return a thing as cells, with its holder by name and number and its state in words."""
    holder = row.holder
    return {
        **dict(row),
        "holder": holder.name if holder else None,
        "holder_number": holder.number if holder else None,
        "state": label(row.state),
    }


def _sims(_session: Session, rows: Sequence[SimOut]) -> Iterator[Cells]:
    for row in rows:
        yield {**_held(row), "accounts": "、".join(row.accounts)}


def _accounts(_session: Session, rows: Sequence[AccountOut]) -> Iterator[Cells]:
    for row in rows:
        userid = row.handle if row.kind is AccountKind.WECOM else None
        yield {**_held(row), "wecom_userid": userid}


def _holdings(_session: Session, rows: Sequence[Holding]) -> Iterator[Cells]:
    for row in rows:
        yield {
            "number": row.employee.number,
            "name": row.employee.name,
            "department": row.employee.department.name,
            "tag": row.device.tag if row.device else None,
            "sim": row.sim.number if row.sim else None,
            "account": row.account.handle if row.account else None,
            "kind": row.account.kind.value if row.account else None,
            "due_on": row.due_on,
            "issued_on": row.issued_at,
            "issued_by": row.issued_by,
        }


_QUERIES: Final[Mapping[Kind, type[ListQuery]]] = {
    Kind.DEPARTMENTS: DepartmentQuery,
    Kind.EMPLOYEES: EmployeeQuery,
    Kind.PHONES: DeviceQuery,
    Kind.SIMS: SimQuery,
    Kind.ACCOUNTS: AccountQuery,
    Kind.PARTNERS: PartnerQuery,
    Kind.HOLDINGS: HoldingQuery,
}
_FETCHES: Final[Mapping[Kind, Callable[..., Any]]] = {
    Kind.DEPARTMENTS: queries.departments,
    Kind.EMPLOYEES: queries.employees,
    Kind.PHONES: register.devices,
    Kind.SIMS: register.sims,
    Kind.ACCOUNTS: register.accounts,
    Kind.PARTNERS: partners.partners,
    Kind.HOLDINGS: holdings,
}
_CELLS: Final[Mapping[Kind, Callable[[Session, Any], Iterator[Cells]]]] = {
    Kind.DEPARTMENTS: _departments,
    Kind.EMPLOYEES: _employees,
    Kind.PHONES: _phones,
    Kind.SIMS: _sims,
    Kind.ACCOUNTS: _accounts,
    Kind.PARTNERS: _partners,
    Kind.HOLDINGS: _holdings,
}


def _text(column: Column, value: Any, language: Language) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _word(column, "yes" if value else "no", language)
        case datetime():
            return value.astimezone().date().isoformat()
        case date():
            return value.isoformat()
        case _ if column.value is Value.CHOICE:
            return _word(column, str(value), language)
        case _:
            return harmless(str(value))


def _as_csv(headers: list[str], rows: Iterator[list[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BOM)
    writer.writerow(headers)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _as_workbook(
    kind: Kind, columns: Sequence[Column], headers: list[str], rows: Iterator[list[str]]
) -> Iterator[bytes]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(kind.value)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.number_format = 18, "@" if column.as_text else "General"
    sheet.append([_cell(sheet, text, font=BOLD) for text in headers])
    for row in rows:
        sheet.append([_cell(sheet, text) if text else None for text in row])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        yield from _pieces(file)


def _cell(sheet: Any, text: str, font: Font | None = None) -> Any:
    """Return a cell that is text whatever it looks like: zeros in front and long numbers stay.

    A workbook holds no control characters; where one was typed it shows that something was there.
    """
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(NO_LETTER, text))
    cell.data_type, cell.number_format = "s", "@"
    if font is not None:
        cell.font = font
    return cell


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece
