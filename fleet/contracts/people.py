"""Departments and employees on the wire."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from fleet.contracts.wire import (
    Day,
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


def corrections(body: Given) -> dict[str, Any]:
    """Return the fields that change: those of `clear` are emptied."""
    named = body.model_dump(exclude_none=True)
    return {**dict.fromkeys(named.pop("clear")), **named}


class DepartmentCorrectIn(Given):
    """What is left out, or null, stays; `clear` empties. Another head has a verb of its own."""

    name: Short | None = None
    parent: Short | None = None
    responsible: Short | None = None
    clear: list[Literal["parent", "responsible"]] = []


class DepartmentOut(Shown):
    code: str
    name: str
    parent: str | None
    head: str | None
    responsible: str | None = None


class DepartmentQuery(ListQuery):
    parent: str | None = Field(None, description="Only those right beneath this one (code).")


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
    joined_on: Day | None = None


class EmployeeCorrectIn(Given):
    """What is left out, or null, stays; `clear` empties.

    Another department or position is a new main post from a day on.
    """

    name: Short | None = None
    department: Short | None = None
    position: Short | None = None
    joined_on: Day | None = None
    since: Day | None = Field(None, description="First day of the new post; today if left out.")
    clear: list[Literal["position", "joined_on"]] = []


class PostOut(Shown):
    department: str
    title: str | None
    main: bool
    since: Day | None
    until: Day | None


class EmployeeOut(Shown):
    """`department` and `position` are the main post; `posts` those beside it that go on."""

    number: str
    name: str
    department: str
    position: str | None
    posts: list[PostOut] = []
    status: str  # active, leaving, left
    joined_on: Day | None
    leaves_on: Day | None


class EmployeeQuery(ListQuery):
    department: str | None = Field(None, description="Code; of any post that goes on.")
    status: str | None = None


class PostIn(Given):
    """A post beside the main one, told from others by its department and title."""

    department: Short  # code
    title: Short | None = None
    since: Day | None = Field(None, description="First day; today if left out.")
    until: Day | None = Field(None, description="Last day, where it is known.")


class PostEndIn(Given):
    department: Short
    title: Short | None = None
    until: Day | None = Field(None, description="Last day; today if left out.")


class MainPostIn(Given):
    """`keep`: the main post of before stays, beside the new one."""

    department: Short
    title: Short | None = None
    since: Day | None = Field(None, description="First day; today if left out.")
    keep: bool = False


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
    """What is left out, or null, stays; `clear` empties."""

    contact: Short | None = None
    number: Short | None = None
    department: Short | None = None
    clear: list[Literal["contact", "number", "department"]] = []


class PartnerStateIn(Given):
    state: PartnerState
    reason: Reason


class PartnerOut(Shown):
    name: str
    contact: str | None
    number: str | None
    department: str | None
    state: PartnerState
    state_since: Day
    because: str | None


class PartnerQuery(ListQuery):
    state: PartnerState | None = None
    department: str | None = None
