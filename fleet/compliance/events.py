"""What happens to findings and checks."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.findings import CheckResult, Rule


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    rule: Rule
    device: str


@dataclass(frozen=True, kw_only=True)
class FindingEvent(Event):
    rule: Rule
    device: str  # tag


@dataclass(frozen=True, kw_only=True)
class FindingOpened(FindingEvent):
    name = "finding.opened"
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class FindingClosed(FindingEvent):
    name = "finding.closed"
    because: str


@dataclass(frozen=True, kw_only=True)
class PinCheckPlanned(Event):
    name = "pin_check.planned"
    job: UUID
    asked: bool  # by a person


@dataclass(frozen=True, kw_only=True)
class PinCheckEnded(Event):
    name = "pin_check.ended"
    result: CheckResult
    reason: str | None
    wrong_attempts: int
    build: str | None
