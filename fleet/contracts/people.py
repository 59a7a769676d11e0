"""Departments and employees on the wire."""

from datetime import date
from enum import StrEnum

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
    responsible: Short | None = None  # employee number of the first responsible person


class DepartmentCorrectIn(Given):
    """What is left out stays; another head is named by a verb of its own."""

    name: Short | None = None
    parent: Short | None = None
    responsible: Short | None = None


class DepartmentOut(Shown):
    code: str
    name: str
    parent: str | None
    head: str | None
    responsible: str | None = None


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


class EmployeeCorrectIn(Given):
    """What is left out stays; another department or position is a new main post from a day on."""

    name: Short | None = None
    department: Short | None = None
    position: Short | None = None
    joined_on: date | None = None
    since: date | None = Field(None, description="First day of the new post; today if left out.")


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


class PostIn(Given):
    """A post beside the main one, told from others by its department and title."""

    department: Short  # code
    title: Short | None = None
    since: date | None = Field(None, description="First day; today if left out.")
    until: date | None = Field(None, description="Last day, where it is known.")


class PostEndIn(Given):
    department: Short
    title: Short | None = None
    until: date | None = Field(None, description="Last day; today if left out.")


class MainPostIn(Given):
    """`keep`: the main post of before stays, beside the new one."""

    department: Short
    title: Short | None = None
    since: date | None = Field(None, description="First day; today if left out.")
    keep: bool = False


class PostOut(Shown):
    department: str
    title: str | None
    main: bool
    since: date | None
    until: date | None


class PostsOut(Shown):
    """Every post of somebody, now and before: the main one first, then by the day it began."""

    employee: EmployeeRef
    posts: list[PostOut]


class PartnerState(StrEnum):
    ACTIVE = "cooperating"
    WARNED = "warned"
    ENDED = "ended"


class PartnerIn(Given):
    name: Handle
    contact: Short | None = None  # who speaks for it
    number: Short | None = None  # his phone number
    department: Short | None = None  # code of the department that deals with it


class PartnerCorrectIn(Given):
    contact: Short | None = None
    number: Short | None = None
    department: Short | None = None


class PartnerStateIn(Given):
    state: PartnerState
    reason: Reason


class PartnerOut(Shown):
    name: str
    contact: str | None
    number: str | None
    department: str | None
    state: PartnerState
    state_since: date
    because: str | None


class PartnerQuery(ListQuery):
    state: PartnerState | None = None
    department: str | None = None
