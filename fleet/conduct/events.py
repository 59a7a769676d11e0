"""What happens to violations."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    employee: str  # number


@dataclass(frozen=True, kw_only=True)
class ViolationDrafted(Event):
    name = "violation.drafted"
    clause: str
    employee: str
    finding: str


@dataclass(frozen=True, kw_only=True)
class ViolationDismissed(Event):
    name = "violation.dismissed"
    employee: str


@dataclass(frozen=True, kw_only=True)
class ViolationKept(Event):
    name = "violation.kept"
    employee: str
