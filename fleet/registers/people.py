"""Departments and employees from spreadsheets."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from fleet.contracts.words import _
from fleet.people import posts
from fleet.people.models import Department, Employee, Partner, Status
from fleet.people.partners import correct_partner, enter_partner
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
PERSONS: Final = ("head", "responsible")
_SEMICOLONS: Final = re.compile(r"[;；]")


class DepartmentDesk(Desk[Department]):
    at_once: ClassVar[int] = MOST_DEPARTMENTS
    needed: ClassVar[tuple[str, ...]] = ("code", "name")
    corrected: ClassVar[tuple[str, ...]] = ("name", "parent", "head", "responsible")

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
        named = [one.values[name] for one in entries for name in PERSONS if name in one.values]
        numbers = set(named)
        heads = self.session.scalars(select(Employee).where(Employee.number.in_(numbers)))
        self._heads = {one.number: one for one in heads} if numbers else {}
        ids = {one.id: one.code for one in self._stock.values()}
        self._above = {
            one.code: ids[one.parent_id] for one in self._stock.values() if one.parent_id
        }
        self._persons = {name: self._numbers(getattr(Department, name)) for name in PERSONS}
        self._stood = dict(self._above)
        self._above |= dict(self._parents(entries))

    def _numbers(self, person: Any) -> dict[UUID, str]:
        known = select(Department.id, Employee.number).join(person)
        return dict(iter(self.session.execute(known)))

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
        persons = {name: self._persons[name].get(row.id) for name in PERSONS}
        return {"name": row.name, "parent": self._stood.get(row.code), **persons}

    def wanted(self, entry: Entry, row: Department | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        if "parent" in values:
            values["parent"] = self._names.code(values["parent"], "parent")
            self._refuse_circle(values["code"])
        for name in PERSONS:
            if name in values:
                self._require_person(values[name], row, name)
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

    def _require_person(self, number: str, row: Department | None, column: str) -> None:
        head = self._heads.get(number)
        if head is None:
            raise CellWrong(
                _("There is no employee {number}."),
                _("Import the employees first, with this column left out of the departments."),
                column,
                number=number,
            )
        stays = row is not None and getattr(row, f"{column}_id") == head.id
        if head.status is not Status.ACTIVE and not stays:
            raise CellWrong(
                _("{name} ({number}) leaves, or has left."),
                CORRECT,
                column,
                name=head.name,
                number=number,
            )

    def add(self, values: Mapping[str, Any]) -> None:
        added = enter_department(
            self.session,
            code=values["code"],
            name=values["name"],
            head=self._heads.get(values.get("head", "")),
            responsible=self._heads.get(values.get("responsible", "")),
            actor=self.actor,
        )
        self._stock[added.code] = added
        if values.get("parent"):
            self._later.append((added, values["parent"]))

    def correct(self, row: Department, changes: Mapping[str, Any]) -> None:
        said = {name: value for name, value in changes.items() if name != "head"}
        if said:
            plain = {name: value for name, value in said.items() if name == "name"}
            if "responsible" in said:
                plain["responsible"] = self._heads[said["responsible"]]
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
    corrected: ClassVar[tuple[str, ...]] = ("name", "department", "position", "joined_on", "posts")

    def prepare(self, table: Table) -> None:
        self._departments = all_departments(self.session)
        self._names = Departments((one.code, one.name) for one in self._departments.values())
        self._with_posts = "posts" in table.headers.places
        self._later: list[tuple[Employee, str]] = []

    def look(self, entries: Sequence[Entry]) -> None:
        numbers = [one.values["number"] for one in entries if "number" in one.values]
        known = select(Employee).where(Employee.number.in_(numbers))
        found = self.session.scalars(known.options(joinedload(Employee.department)))
        self._stock = {one.number: one for one in found}
        ids = [one.id for one in self._stock.values()] if self._with_posts else []
        self._posts = posts.open_posts(self.session, ids)

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        if "number" in entry.values:
            yield "number", entry.values["number"]

    def found(self, entry: Entry) -> Employee | None:
        return self._stock.get(entry.values["number"])

    def known(self, row: Employee) -> Mapping[str, Any]:
        plain = {name: getattr(row, name) for name in ("name", "position", "joined_on")}
        beside = posts.written(self._posts.get(row.id, ()))
        return {**plain, "department": row.department.code, "posts": beside}

    def wanted(self, entry: Entry, row: Employee | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        if "department" in values:
            values["department"] = self._names.code(values["department"], "department")
        if "posts" in values:
            values["posts"] = self._posts_said(values["posts"], row)
        return values

    def _posts_said(self, text: str, row: Employee | None) -> str:
        """Return posts as the register writes them: each with the code of its department."""
        if row is not None and row.status is not Status.ACTIVE:
            raise CellWrong(
                _("{name} ({number}) leaves, or has left."),
                CORRECT,
                "posts",
                name=row.name,
                number=row.number,
            )
        said = (one.strip().partition(" ") for one in _SEMICOLONS.split(text) if one.strip())
        named = {(self._names.code(place, "posts"), title.strip()) for place, _b, title in said}
        return "; ".join(f"{code} {title}".strip() for code, title in sorted(named))

    def add(self, values: Mapping[str, Any]) -> None:
        said = dict(values)
        beside = said.pop("posts", None)
        said["department"] = self._departments[values["department"]]
        added = enter_employee(self.session, **said, actor=self.actor)
        if beside:
            self._later.append((added, beside))

    def correct(self, row: Employee, changes: Mapping[str, Any]) -> None:
        said = dict(changes)
        beside = said.pop("posts", None)
        if "department" in said:
            said["department"] = self._departments[said["department"]]
        if said:
            correct_employee(self.session, row, said, actor=self.actor)
        if beside is not None:
            self._later.append((row, beside))

    def send(self) -> None:
        """Give posts beside the main one when whoever has them is there."""
        self.session.flush()
        for row, beside in self._later:
            parts = (one.partition(" ") for one in beside.split("; "))
            wanted = [(self._departments[code], title) for code, _blank, title in parts]
            posts.set_posts(self.session, row, wanted, actor=self.actor)
        self._later.clear()


class PartnerDesk(Desk[Partner]):
    needed: ClassVar[tuple[str, ...]] = ("name",)
    corrected: ClassVar[tuple[str, ...]] = ("contact", "number", "department")

    def prepare(self, table: Table) -> None:  # noqa: ARG002 — one way for all desks
        self._departments = all_departments(self.session)
        self._names = Departments((one.code, one.name) for one in self._departments.values())

    def look(self, entries: Sequence[Entry]) -> None:
        names = [one.values["name"] for one in entries if "name" in one.values]
        known = select(Partner).where(Partner.name.in_(names))
        found = self.session.scalars(known.options(joinedload(Partner.department)))
        self._stock = {one.name: one for one in found}

    def keys(self, entry: Entry) -> Iterable[tuple[str, str]]:
        if "name" in entry.values:
            yield "name", entry.values["name"]

    def found(self, entry: Entry) -> Partner | None:
        return self._stock.get(entry.values["name"])

    def known(self, row: Partner) -> Mapping[str, Any]:
        place = row.department.code if row.department else None
        return {"contact": row.contact, "number": row.number, "department": place}

    def wanted(self, entry: Entry, row: Partner | None) -> dict[str, Any]:
        values = super().wanted(entry, row)
        if "department" in values:
            values["department"] = self._names.code(values["department"], "department")
        return values

    def add(self, values: Mapping[str, Any]) -> None:
        told = {name: values.get(name) for name in self.corrected}
        told["department"] = self._departments.get(values.get("department", ""))
        enter_partner(self.session, name=values["name"], told=told, actor=self.actor)

    def correct(self, row: Partner, changes: Mapping[str, Any]) -> None:
        said = dict(changes)
        if "department" in said:
            said["department"] = self._departments[said["department"]]
        correct_partner(self.session, row, said, actor=self.actor)
