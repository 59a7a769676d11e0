"""Taking in a spreadsheet: all of it or nothing, and no change that nobody has looked at.

A dry run walks the same way and changes nothing. What it found is named by its plan; an import that
comes to anything else is refused, because the file or the register has moved on.
"""

import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import chain_early, record
from fleet.contracts.imports import ImportOut, ImportQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import Kind
from fleet.contracts.words import _
from fleet.database import in_turn, write
from fleet.registers.desk import Desk
from fleet.registers.errors import ChangesNotSeen, RegisterMovedOn, RowsRefused, SheetTooLarge
from fleet.registers.events import IMPORTS, RegisterImported
from fleet.registers.files import LARGEST_FILE, MEBIBYTE
from fleet.registers.handing import HandingDesk
from fleet.registers.people import DepartmentDesk, EmployeeDesk, PartnerDesk
from fleet.registers.reading import CellWrong, Entry, Table, spool
from fleet.registers.report import Report
from fleet.registers.things import AccountDesk, PhoneDesk, SimDesk
from fleet.settings import Settings

DESKS: Final[Mapping[Kind, type[Desk[Any]]]] = {
    Kind.DEPARTMENTS: DepartmentDesk,
    Kind.EMPLOYEES: EmployeeDesk,
    Kind.PHONES: PhoneDesk,
    Kind.SIMS: SimDesk,
    Kind.ACCOUNTS: AccountDesk,
    Kind.PARTNERS: PartnerDesk,
    Kind.HOLDINGS: HandingDesk,
}
WRITES: Final[Mapping[Kind, Permission]] = {
    Kind.DEPARTMENTS: Permission.PEOPLE_WRITE,
    Kind.EMPLOYEES: Permission.PEOPLE_WRITE,
    Kind.PHONES: Permission.DEVICES_WRITE,
    Kind.SIMS: Permission.SIMS_WRITE,
    Kind.ACCOUNTS: Permission.ACCOUNTS_WRITE,
    Kind.PARTNERS: Permission.PEOPLE_WRITE,
    Kind.HOLDINGS: Permission.CUSTODY_ISSUE,
}
TOLD_AT_ONCE: Final = 20  # remarks in a refusal; a dry run tells more
EVENTS_AT_ONCE: Final = 4000


@dataclass(frozen=True)
class Sheet:
    """A file that was received, with its rows found: gone when the block around it ends."""

    table: Table
    digest: str


@contextmanager
def received(
    kind: Kind,
    pieces: Iterable[bytes],
    settings: Settings,
    taken: Collection[str] | None = None,
) -> Iterator[Sheet]:
    """Take in a file; refused where it is none that can be read."""
    folder = settings.home / "data"
    with (
        tempfile.NamedTemporaryFile(dir=folder, prefix="import-") as file,
        tempfile.NamedTemporaryFile("w", dir=folder, prefix="rows-", encoding="utf-8") as rows,
    ):
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            size += len(piece)
            if size > LARGEST_FILE:
                raise SheetTooLarge(most=f"{LARGEST_FILE // MEBIBYTE} MiB")
            digest.update(piece)
            file.write(piece)
        file.flush()
        yield Sheet(spool(kind, Path(file.name), rows, taken), digest.hexdigest())


def planned(session: Session, table: Table, settings: Settings, *, actor: Actor) -> Report:
    """Say what an import would do, row by row; nothing is changed."""
    actor.require(WRITES[table.kind])
    return _walk(DESKS[table.kind](session, actor, settings.tag_template), table)


def refuse_unless_well(report: Report, query: ImportQuery) -> None:
    """Refuse what is wrong in any row, what nobody has looked at, and what has moved on."""
    if report.refused:
        told = [one.model_dump() for one in report.remarks if one.refused][:TOLD_AT_ONCE]
        raise RowsRefused(rows=report.table.rows, refused=report.refused, remarks=told)
    if query.plan is None and report.changed:
        raise ChangesNotSeen(changed=report.changed)
    if query.plan not in {None, report.plan}:
        raise RegisterMovedOn


def import_register(
    session: Session, sheet: Sheet, query: ImportQuery, settings: Settings, *, actor: Actor
) -> ImportOut:
    """Take in every row, or refuse and leave everything as it was."""
    actor.require(WRITES[sheet.table.kind])
    in_turn(session, "registers")
    desk = DESKS[sheet.table.kind](session, actor, settings.tag_template)
    report = _walk(desk, sheet.table, carry_out=True)
    refuse_unless_well(report, query)
    if report.added or report.changed:
        event = RegisterImported(
            subject_id=IMPORTS,
            subject_name=sheet.table.kind.value,
            digest=sheet.digest,
            rows=sheet.table.rows,
            added=report.added,
            changed=report.changed,
        )
        record(session, actor, event)
    write(session)
    return report.shown(dry_run=False, done=True)


def _walk(desk: Desk[Any], table: Table, *, carry_out: bool = False) -> Report:
    report, seen = Report(table), Seen()
    desk.prepare(table)
    entries = table.entries()
    while batch := list(islice(entries, desk.at_once)):
        desk.look([entry for entry in batch if not entry.wrong])
        for entry in batch:
            _judge(desk, entry, report, seen, carry_out=carry_out)
        if carry_out and not report.refused:
            desk.send()
            write(desk.session)
            chain_early(desk.session, beyond=EVENTS_AT_ONCE)
    return report


class Seen:
    """In which line each key stands first."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, int]] = {}

    def refuse_twice(self, entry: Entry, keys: Iterable[tuple[str, str]]) -> None:
        for column, key in keys:
            first = self._lines.setdefault(column, {}).setdefault(key, entry.line)
            if first != entry.line:
                raise CellWrong(
                    _("Line {line} says the same: each may stand once."),
                    _("Keep the right line, and remove the other."),
                    column,
                    line=first,
                )


def _judge(desk: Desk[Any], entry: Entry, report: Report, seen: Seen, *, carry_out: bool) -> None:
    if entry.wrong:
        report.refuse_cells(entry)
        return
    try:
        act = _verdict(desk, entry, report, seen)
    except CellWrong as wrong:
        report.refuse(entry, wrong)
    else:
        if carry_out and act is not None and not report.refused:
            act()


def _verdict(
    desk: Desk[Any], entry: Entry, report: Report, seen: Seen
) -> Callable[[], None] | None:
    """Say what becomes of a row: it is new, it differs, or it is known as it is."""
    keys = list(desk.keys(entry))
    if not keys:
        raise CellWrong(_("This is needed."), _("Fill it in."), desk.needed[0])
    seen.refuse_twice(entry, keys)
    row = desk.found(entry)
    values = desk.wanted(entry, row)
    for warning in desk.warnings(values, row):
        report.note(entry, warning)
    if row is None:
        desk.require_all(values)
        report.add(values)
        return lambda: desk.add(values)
    for note in desk.notes(entry, row):
        report.note(entry, note)
    known = desk.known(row)
    differing = {
        name: (known[name], values[name])
        for name in desk.corrected
        if name in values and values[name] != known[name]
    }
    if not differing:
        report.unchanged += 1
        return None
    report.change(entry, keys[0][1], differing)
    return lambda: desk.correct(row, {name: new for name, (_old, new) in differing.items()})
