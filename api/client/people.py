"""Departments and employees."""

from api.client.transport import Transport
from fleet.contracts.people import (
    DepartmentCorrectIn,
    DepartmentIn,
    DepartmentOut,
    DepartmentQuery,
    EmployeeCorrectIn,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    HeadIn,
    HeadOut,
    MainPostIn,
    PartnerCorrectIn,
    PartnerIn,
    PartnerOut,
    PartnerQuery,
    PartnerStateIn,
    PostEndIn,
    PostIn,
    PostsOut,
)
from fleet.contracts.wire import Page


class People(Transport):
    def departments(self, query: DepartmentQuery | None = None) -> Page[DepartmentOut]:
        return self._get(Page[DepartmentOut], "departments", query=query)

    def add_department(self, body: DepartmentIn) -> DepartmentOut:
        return self._post(DepartmentOut, "departments", body=body)

    def department(self, code: str) -> DepartmentOut:
        return self._get(DepartmentOut, "departments", code)

    def correct_department(
        self, code: str, body: DepartmentCorrectIn, *, dry_run: bool = False
    ) -> DepartmentOut:
        return self._correct(DepartmentOut, "departments", code, body=body, dry_run=dry_run)

    def name_head(self, code: str, body: HeadIn) -> HeadOut:
        """Give a department another head; `due` says how many values that makes due."""
        return self._post(HeadOut, "departments", code, "head", body=body)

    def employees(self, query: EmployeeQuery | None = None) -> Page[EmployeeOut]:
        return self._get(Page[EmployeeOut], "employees", query=query)

    def employee(self, number: str) -> EmployeeOut:
        return self._get(EmployeeOut, "employees", number)

    def add_employee(self, body: EmployeeIn) -> EmployeeOut:
        return self._post(EmployeeOut, "employees", body=body)

    def correct_employee(
        self, number: str, body: EmployeeCorrectIn, *, dry_run: bool = False
    ) -> EmployeeOut:
        """Correct an entry; another department or position is a new main post."""
        return self._correct(EmployeeOut, "employees", number, body=body, dry_run=dry_run)

    def posts(self, number: str) -> PostsOut:
        return self._get(PostsOut, "employees", number, "posts")

    def add_post(self, number: str, body: PostIn) -> PostsOut:
        return self._post(PostsOut, "employees", number, "posts", body=body)

    def end_post(self, number: str, body: PostEndIn) -> PostsOut:
        return self._post(PostsOut, "employees", number, "posts", "end", body=body)

    def make_main_post(self, number: str, body: MainPostIn) -> PostsOut:
        return self._post(PostsOut, "employees", number, "posts", "main", body=body)

    def partners(self, query: PartnerQuery | None = None) -> Page[PartnerOut]:
        return self._get(Page[PartnerOut], "partners", query=query)

    def partner(self, name: str) -> PartnerOut:
        return self._get(PartnerOut, "partners", name)

    def add_partner(self, body: PartnerIn) -> PartnerOut:
        return self._post(PartnerOut, "partners", body=body)

    def correct_partner(
        self, name: str, body: PartnerCorrectIn, *, dry_run: bool = False
    ) -> PartnerOut:
        return self._correct(PartnerOut, "partners", name, body=body, dry_run=dry_run)

    def judge_partner(self, name: str, body: PartnerStateIn) -> PartnerOut:
        """Warn a partner, end the cooperation, or take it up again."""
        return self._post(PartnerOut, "partners", name, "state", body=body)
