"""What the register of people refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


@dataclass(eq=False)
class EmployeeNotFound(NotFound):
    number: str
    code = "employee_not_found"
    message = _("There is no employee {number}.")
    advice = _("See who there is with `workfleet employee list`.")


@dataclass(eq=False)
class DepartmentNotFound(NotFound):
    department: str
    code = "department_not_found"
    message = _("There is no department {department}.")
    advice = _("See which there are with `workfleet department list`.")


@dataclass(eq=False)
class EmployeeNumberTaken(Conflict):
    number: str
    code = "employee_number_taken"
    message = _("There is an employee {number} already.")
    advice = _("Use that entry, or correct the number.")


@dataclass(eq=False)
class DepartmentCodeTaken(Conflict):
    department: str
    code = "department_code_taken"
    message = _("There is a department {department} already.")
    advice = _("Use that entry, or correct the code.")


@dataclass(eq=False)
class EmployeeNotActive(Conflict):
    number: str
    name: str
    status: str
    code = "employee_not_active"
    message = _("{name} ({number}) is {status}: nothing new is handed to them.")
    advice = _("Hand it to somebody who stays, or correct the entry.")
