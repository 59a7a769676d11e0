"""What happens to departments and employees."""

from dataclasses import dataclass
from datetime import date

from fleet.audit.events import Event
from fleet.contracts.people import PartnerState


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


@dataclass(frozen=True, kw_only=True)
class EmployeeMoved(Event):
    """Somebody has another main post from a day on; the one before is kept as a row of its own."""

    name = "employee.moved"
    former: str
    department: str
    position: str | None
    since: date


@dataclass(frozen=True, kw_only=True)
class EmployeeReturned(Event):
    """Somebody who had left works for the company again."""

    name = "employee.returned"
    department: str


@dataclass(frozen=True, kw_only=True)
class PostAdded(Event):
    name = "employee.post_added"
    department: str
    title: str
    since: date


@dataclass(frozen=True, kw_only=True)
class PostEnded(Event):
    name = "employee.post_ended"
    department: str
    title: str
    until: date


@dataclass(frozen=True, kw_only=True)
class PartnerAdded(Event):
    name = "partner.added"


@dataclass(frozen=True, kw_only=True)
class PartnerCorrected(Event):
    name = "partner.corrected"


@dataclass(frozen=True, kw_only=True)
class PartnerJudged(Event):
    """A partner was warned, the cooperation ended or taken up again (clause G13)."""

    name = "partner.judged"
    former: PartnerState
    state: PartnerState
    reason: str
