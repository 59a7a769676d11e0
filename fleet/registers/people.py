"""Departments and employees from spreadsheets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fleet.contracts.words import _
from fleet.people.models import Department, Employee, Status
from fleet.people.services import (
    correct_department,
    correct_employee,
    enter_department,
    enter_employee,
)
from fleet.registers.desk import CORRECT, Departments, Desk, all_departments
from fleet.registers.errors import SheetTooLarge
from fleet.registers.reading import CellWrong, Entry, Table
from fleet.requests.heads import name_head

MOST_DEPARTMENTS: Final = 10_000  # those of a file are looked at together: each may be another's
REASON: Final = "an imported register"


class DepartmentDesk(Desk[Department]):
    at_once: ClassVar[int] = MOST_DEPARTMENTS
    needed: ClassVar[tuple[str, ...]] = ("code", "name")
    corrected: ClassVar[tuple[str, ...]] = ("name", "parent", "head")

    def prepare(self, table: Table) -> None:
        if table.rows > MOST_DEPARTMENTS:
            raise SheetTooLarge(most=str(MOST_DEPARTMENTS))
        self._stock = all_departments(self.session)
        self._later: list[tuple[Department, str]] = []

    def look(self, entries: Sequence[Entry]) -> None:
        self._names = Departments((one.code, one.name) for one in self._stock.values())
        for entry in entries:
            if "code" in entry.values:
                self._names.add(entry.values["code"], entry.values.get("name", ""))
        numbers = {one.values["head"] for one in entries if "head" in one.values}
        heads = self.session.scalars(select(Employee).where(Employee.number.in_(numbers)))
        self._heads = {one.number: one for one in heads} if numbers else {}
        ids = {one.id: one.code for one in self._stock.values()}
        self._above = {
            one.code: ids[one.parent_id] for one in self._stock.values() if one.parent_id
        }
        known = select(Department.id, Employee.number).join(Department.head)
        self._headed = dict(iter(self.session.execute(known)))
        self._stood = dict(self._above)
        self._above |= dict(self._parents(entries))

    def _parents(self, entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
        for entry in entries:
            code, parent = entry.values.get("code"), entry.values.get("parent")
            if code and parent:
                try:
                    yield code, self._names.code(parent, "parent")
                except CellWrong:
                    continue  # said of its row, when that is looked at

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        if "code" in entry.values:
            yield "code", entry.values["code"]

    def found(self, entry: Entry) -> Department | None:
        return self._stock.get(entry.values["code"])

    def known(self, row: Department) -> Mapping[str, Any]:
        parent, head = self._stood.get(row.code), self._headed.get(row.id)
        return {"name": row.name, "parent": parent, "head": head}

    def wanted(self, entry: Entry, row: Department | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        if "parent" in values:
            values["parent"] = self._names.code(values["parent"], "parent")
            self._refuse_circle(values["code"])
        if "head" in values:
            self._require_head(values["head"], row)
        return values

    def _refuse_circle(self, code: str) -> None:
        passed, above = {code}, self._above.get(code)
        while above is not None and above not in passed:
            passed.add(above)
            above = self._above.get(above)
        if above == code:
            raise CellWrong(
                _("The departments above {code} lead back to it."), CORRECT, "parent", code=code
            )

    def _require_head(self, number: str, row: Department | None) -> None:
        head = self._heads.get(number)
        if head is None:
            raise CellWrong(
                _("There is no employee {number}."),
                _("Import the employees first, with this column left out of the departments."),
                "head",
                number=number,
            )
        if head.status is not Status.ACTIVE and (row is None or row.head_id != head.id):
            raise CellWrong(
                _("{name} ({number}) leaves, or has left."),
                CORRECT,
                "head",
                name=head.name,
                number=number,
            )

    def add(self, values: Mapping[str, Any]) -> None:
        head = self._heads.get(values.get("head", ""))
        added = enter_department(
            self.session, code=values["code"], name=values["name"], head=head, actor=self.actor
        )
        self._stock[added.code] = added
        if values.get("parent"):
            self._later.append((added, values["parent"]))

    def correct(self, row: Department, changes: Mapping[str, Any]) -> None:
        said = {name: changes[name] for name in ("name", "parent") if name in changes}
        if said:
            plain = {name: value for name, value in said.items() if name != "parent"}
            correct_department(self.session, row, plain, actor=self.actor)
        if "parent" in said:
            self._later.append((row, said["parent"]))
        if "head" in changes:
            self.session.flush()
            head = self._heads[changes["head"]]
            name_head(self.session, row, head, reason=REASON, change=False, actor=self.actor)

    def send(self) -> None:
        """Put departments beneath others when all of them are there."""
        self.session.flush()
        for row, parent in self._later:
            row.parent = self._stock[parent]
        self._later.clear()


class EmployeeDesk(Desk[Employee]):
    needed: ClassVar[tuple[str, ...]] = ("number", "name", "department")
    corrected: ClassVar[tuple[str, ...]] = ("name", "department", "position", "joined_on")

    def prepare(self, table: Table) -> None:  # noqa: ARG002 — one way for all desks
        self._departments = all_departments(self.session)
        self._names = Departments((one.code, one.name) for one in self._departments.values())

    def look(self, entries: Sequence[Entry]) -> None:
        numbers = [one.values["number"] for one in entries if "number" in one.values]
        known = select(Employee).where(Employee.number.in_(numbers))
        found = self.session.scalars(known.options(joinedload(Employee.department)))
        self._stock = {one.number: one for one in found}

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        if "number" in entry.values:
            yield "number", entry.values["number"]

    def found(self, entry: Entry) -> Employee | None:
        return self._stock.get(entry.values["number"])

    def known(self, row: Employee) -> Mapping[str, Any]:
        plain = {name: getattr(row, name) for name in ("name", "position", "joined_on")}
        return {**plain, "department": row.department.code}

    def wanted(self, entry: Entry, row: Employee | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        if "department" in values:
            values["department"] = self._names.code(values["department"], "department")
        return values

    def add(self, values: Mapping[str, Any]) -> None:
        place = self._departments[values["department"]]
        enter_employee(self.session, **{**values, "department": place}, actor=self.actor)

    def correct(self, row: Employee, changes: Mapping[str, Any]) -> None:
        said = dict(changes)
        if "department" in said:
            said["department"] = self._departments[said["department"]]
        correct_employee(self.session, row, said, actor=self.actor)
