"""What happens to findings and checks."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.findings import CheckResult, Rule, Severity


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
    severity: Severity
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class FindingClosed(FindingEvent):
    name = "finding.closed"
    because: str
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class FindingRegraded(FindingEvent):
    """Another severity by the terms, or somebody else who is to see to it."""

    name = "finding.regraded"


@dataclass(frozen=True, kw_only=True)
class FindingWaived(FindingEvent):
    name = "finding.waived"
    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class FindingReopened(FindingEvent):
    """A waiver was taken back, or ran out."""

    name = "finding.reopened"
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


@dataclass(frozen=True, kw_only=True)
class CompliancePolicySet(Event):
    """`opens` and `closes`: so many findings, as the phones were when it was set."""

    name = "compliance_policy.set"
    department: str | None
    effective_from: datetime
    reason: str
    opens: int
    closes: int
