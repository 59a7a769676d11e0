"""Things that are out until a day, on the wire."""

from pydantic import Field

from fleet.contracts.custody import Thing
from fleet.contracts.wire import Day, EmployeeRef, Given, ListQuery, Moment, Reason, Shown

SOON_DAYS = 3  # before the day, reminders begin


class LoanOut(Shown):
    """`days_left` is negative where the day is over."""

    id: str
    thing: Thing
    name: str  # tag, number or handle
    holder: EmployeeRef
    department: str
    issued_at: Moment
    due_on: Day
    days_left: int
    overdue: bool


class LoanQuery(ListQuery):
    holder: str | None = None  # number
    name: str | None = None  # tag, number or handle, whole
    overdue: bool = False
    soon: bool = Field(default=False, description=f"Due within {SOON_DAYS} days, or overdue.")


class HoldingQuery(ListQuery):
    holder: str | None = None  # number


class ExtendIn(Given):
    until: Day
    reason: Reason
