"""Departments and employees."""

from api.client.transport import Transport
from fleet.contracts.people import (
    DepartmentIn,
    DepartmentOut,
    EmployeeIn,
    EmployeeOut,
    EmployeeQuery,
    HeadIn,
    HeadOut,
)
from fleet.contracts.wire import ListQuery, Page


class People(Transport):
    def departments(self, query: ListQuery | None = None) -> Page[DepartmentOut]:
        return self._get(Page[DepartmentOut], "departments", query=query)

    def add_department(self, body: DepartmentIn) -> DepartmentOut:
        return self._post(DepartmentOut, "departments", body=body)

    def name_head(self, code: str, body: HeadIn) -> HeadOut:
        """Give a department another head; `due` says how many values that makes due."""
        return self._post(HeadOut, "departments", code, "head", body=body)

    def employees(self, query: EmployeeQuery | None = None) -> Page[EmployeeOut]:
        return self._get(Page[EmployeeOut], "employees", query=query)

    def employee(self, number: str) -> EmployeeOut:
        return self._get(EmployeeOut, "employees", number)

    def add_employee(self, body: EmployeeIn) -> EmployeeOut:
        return self._post(EmployeeOut, "employees", body=body)
