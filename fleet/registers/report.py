"""What an import finds, counted and named: the first of many, and how many there are."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from fleet.contracts.imports import ImportOut, RemarkOut, RowChangeOut
from fleet.contracts.labels import label
from fleet.contracts.registers import REGISTERS
from fleet.contracts.words import language, say
from fleet.registers.reading import CellWrong, Entry, Table

MOST_TOLD: Final = 1000  # remarks, and changes, each


@dataclass
class Report:
    table: Table
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    remarks: list[RemarkOut] = field(default_factory=list)
    changes: list[RowChangeOut] = field(default_factory=list)
    left_off: int = 0
    _plan: Any = field(default_factory=hashlib.sha256)

    def header(self, name: str | None) -> str | None:
        """Return how a column is called in the file, or would be."""
        if name is None or name not in self.table.headers.places:
            return name and REGISTERS[self.table.kind].column(name).header(language())
        return self.table.headers.places[name][1]

    def refuse(self, entry: Entry, *wrongs: CellWrong) -> None:
        self.refused += 1
        for wrong in wrongs:
            self._remark(entry, wrong, refused=True)

    def refuse_cells(self, entry: Entry) -> None:
        """Refuse a row for its cells that say nothing."""
        named = (
            CellWrong(wrong.message, wrong.advice, column, **wrong.blanks)
            for column, wrong in entry.wrong
        )
        self.refuse(entry, *named)

    def note(self, entry: Entry, wrong: CellWrong) -> None:
        self._remark(entry, wrong, refused=False)

    def add(self, values: Mapping[str, Any]) -> None:
        self.added += 1
        self._write("added", values)

    def change(self, entry: Entry, name: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
        self.changed += 1
        self._write(name, changes)
        for column, (old, new) in changes.items():
            if len(self.changes) >= MOST_TOLD:
                self.left_off += 1
                continue
            header = self.header("imei1" if column == "imei" else column) or column
            told = {"line": entry.line, "name": name, "column": header}
            self.changes.append(RowChangeOut(**told, old=_shown(old), new=_shown(new)))

    @property
    def plan(self) -> str:
        return str(self._plan.hexdigest())

    def _write(self, *done: object) -> None:
        self._plan.update(json.dumps(done, default=str, sort_keys=True).encode())

    def _remark(self, entry: Entry, wrong: CellWrong, *, refused: bool) -> None:
        if len(self.remarks) >= MOST_TOLD:
            self.left_off += 1
            return
        self.remarks.append(
            RemarkOut(
                line=entry.line,
                column=self.header(wrong.field),
                refused=refused,
                message=say(wrong.message, **wrong.blanks),
                advice=say(wrong.advice, **wrong.blanks),
            )
        )

    def shown(self, *, dry_run: bool, done: bool) -> ImportOut:
        headers = self.table.headers
        return ImportOut(
            kind=self.table.kind,
            dry_run=dry_run,
            done=done,
            rows=self.table.rows,
            added=self.added,
            changed=self.changed,
            unchanged=self.unchanged,
            refused=self.refused,
            examples=self.table.examples,
            taken=[header for _place, header in headers.places.values()],
            shown_only=headers.shown_only,
            not_kept=headers.not_kept,
            unknown=headers.unknown,
            remarks=self.remarks,
            changes=self.changes,
            left_off=self.left_off,
            plan=self.plan,
        )


def _shown(value: object) -> str | None:
    match value:
        case None:
            return None
        case list():
            return ", ".join(map(str, value)) or None
        case bool():
            return label("yes" if value else "no")
        case date():
            return value.isoformat()
        case _:
            return str(value)
