"""What happens to leaving cases."""

from dataclasses import dataclass
from datetime import date

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class LeavingCaseOpened(Event):
    name = "leaving_case.opened"
    employee: str
    by: date
    successor: str | None
    items: int


@dataclass(frozen=True, kw_only=True)
class LeavingCaseClosed(Event):
    name = "leaving_case.closed"
    employee: str
