"""Departments and employees on the wire."""

from datetime import date

from pydantic import Field

from fleet.contracts.wire import (
    EmployeeRef,
    Given,
    Handle,
    ListQuery,
    Moment,
    Reason,
    Short,
    Shown,
)


class DepartmentIn(Given):
    code: Handle
    name: Short
    parent: Short | None = None  # code of the department above
    head: Short | None = None  # employee number


class DepartmentOut(Shown):
    code: str
    name: str
    parent: str | None
    head: str | None


class VersionsQuery(ListQuery):
    """Versions of what holds in a department and beneath it from a moment on."""

    department: str | None = None
    at: Moment | None = Field(None, description="What was, or will be, in force then.")
    history: bool = Field(default=False, description="Every version, not those in force alone.")


class HeadIn(Given):
    """`change`: the new head asks that what the people of the department hold is changed."""

    head: Short  # employee number
    reason: Reason
    change: bool = False
    dry_run: bool = False


class HeadOut(Shown):
    department: str
    head: EmployeeRef
    former: EmployeeRef | None
    due: int  # values that are due because of it, as their policies say
    dry_run: bool


class EmployeeIn(Given):
    number: Handle
    name: Short
    department: Short  # code
    position: Short | None = None
    joined_on: date | None = None


class EmployeeOut(Shown):
    number: str
    name: str
    department: str
    position: str | None
    status: str  # active, leaving, left
    joined_on: date | None
    leaves_on: date | None


class EmployeeQuery(ListQuery):
    department: str | None = None
    status: str | None = None
