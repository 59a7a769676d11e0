"""What happens to departments and employees."""

from dataclasses import dataclass
from datetime import date

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class DepartmentAdded(Event):
    name = "department.added"


@dataclass(frozen=True, kw_only=True)
class DepartmentCorrected(Event):
    """What the register says of it was corrected; the trail's changes say what."""

    name = "department.corrected"


@dataclass(frozen=True, kw_only=True)
class EmployeeCorrected(Event):
    name = "employee.corrected"


@dataclass(frozen=True, kw_only=True)
class EmployeeAdded(Event):
    name = "employee.added"
    department: str


@dataclass(frozen=True, kw_only=True)
class EmployeeLeaves(Event):
    name = "employee.gave_notice"
    leaves_on: date


@dataclass(frozen=True, kw_only=True)
class EmployeeStays(Event):
    """The leaving was taken back."""

    name = "employee.stays"


@dataclass(frozen=True, kw_only=True)
class EmployeeLeft(Event):
    name = "employee.left"
