"""What a list says of each person, beside what the register says: drafts of proposals."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from fleet.contracts.clock import today
from fleet.contracts.directory import ProposalKind
from fleet.contracts.words import _
from fleet.people.models import Department, Employee, Status
from fleet.registers.desk import Departments
from fleet.registers.reading import CellWrong, Entry

AT_ONCE: Final = 500
NEEDED: Final = ("number", "name", "department")
OF_THE_POST: Final = ("department", "position")
Said = Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Draft:
    kind: ProposalKind
    employee: str
    name: str
    department: str
    said: Said

    @cached_property
    def digest(self) -> str:
        plain = json.dumps([self.kind, self.employee, self.said], sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()


class Register:
    """The people there are, some at a time, by number; departments by code and by name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        rows = session.execute(select(Department.id, Department.code, Department.name)).all()
        self._codes = {row.id: row.code for row in rows}
        self._names = Departments((row.code, row.name) for row in rows)
        self._known: dict[str, Row[Any]] = {}

    def look(self, entries: Iterable[Entry]) -> None:
        numbers = [one.values["number"] for one in entries if "number" in one.values]
        rows = self._session.execute(_columns().where(Employee.number.in_(numbers)))
        self._known = {row.number: row for row in rows}

    def drafts(self, entry: Entry) -> list[Draft]:
        """Return what a row of the list comes to; refused where it says too little."""
        said = {name: _plain(value) for name, value in entry.values.items()}
        for name in NEEDED:
            if not said.get(name):
                raise CellWrong(_("This is needed."), _("Fill it in."), name)
        said["department"] = self._names.code(said["department"] or "", "department")
        row = self._known.get(said["number"] or "")
        if row is None:
            return [] if _is_over(said) else [_draft(ProposalKind.JOINER, said, _all(said))]
        if row.status is Status.LEFT:
            return [] if _is_over(said) else [_draft(ProposalKind.RETURNER, said, _all(said))]
        return self._of_known(row, said)

    def _of_known(self, row: Row[Any], said: dict[str, str | None]) -> list[Draft]:
        has = {name: _plain(getattr(row, name)) for name in ("name", "position", "joined_on")}
        has["department"] = self._codes[row.department_id]
        other = _differing(has, said)
        moves = "department" in other
        post = {name: both for name, both in other.items() if moves and name in OF_THE_POST}
        rest = {name: both for name, both in other.items() if name not in post}
        leaves = said.get("leaves_on") if row.status is Status.ACTIVE else None
        every: dict[ProposalKind, Said] = {
            ProposalKind.MOVER: post,
            ProposalKind.CHANGED: rest,
            ProposalKind.LEAVER: {"leaves_on": (None, leaves)} if leaves else {},
        }
        return [_draft(kind, said, changes) for kind, changes in every.items() if changes]

    def absent(self, seen: Mapping[str, int]) -> Iterator[list[Draft]]:
        """Give, some at a time, those who work here and are not in the list."""
        for rows in self._active():
            gone = (row for row in rows if row.number not in seen)
            yield [self._leaver(row) for row in gone]

    def _active(self) -> Iterator[Sequence[Row[Any]]]:
        after = ""
        active = _columns().where(Employee.status == Status.ACTIVE)
        while True:
            page = active.where(Employee.number > after).order_by(Employee.number).limit(AT_ONCE)
            rows = self._session.execute(page).all()
            if not rows:
                return
            yield rows
            after = rows[-1].number

    def _leaver(self, row: Row[Any]) -> Draft:
        place = self._codes[row.department_id]
        return Draft(ProposalKind.LEAVER, row.number, row.name, place, {})


def _columns() -> Any:
    return select(
        Employee.number,
        Employee.name,
        Employee.department_id,
        Employee.position,
        Employee.status,
        Employee.joined_on,
    )


def _draft(kind: ProposalKind, said: Mapping[str, str | None], changes: Said) -> Draft:
    return Draft(kind, said["number"] or "", said["name"] or "", said["department"] or "", changes)


def _differing(has: Mapping[str, str | None], said: Mapping[str, str | None]) -> Said:
    return {name: (old, said[name]) for name, old in has.items() if said.get(name, old) != old}


def _all(said: Mapping[str, str | None]) -> Said:
    kept = ("name", *OF_THE_POST, "joined_on")
    return {name: (None, said[name]) for name in kept if said.get(name)}


def _is_over(said: Mapping[str, str | None]) -> bool:
    """Tell whether a list still names somebody whose last day has passed."""
    leaves = said.get("leaves_on")
    return leaves is not None and leaves < today().isoformat()


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
