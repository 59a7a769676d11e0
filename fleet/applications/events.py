"""What happens to applications, kits and reservations."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.applications import Lapse, Signed, Term
from fleet.contracts.requests import Desk


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class ApplicationEvent(Event):
    holder: str  # employee number


@dataclass(frozen=True, kw_only=True)
class ApplicationMade(ApplicationEvent):
    name = "application.made"
    kit: str | None
    until: date | None
    approvers: list[str]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApplicationPassedOn(ApplicationEvent):
    """It waits for somebody else from now on: `why` says what was wrong with who was before."""

    name = "application.passed_on"
    desk: Desk
    department: str | None
    why: str
    decide_by: datetime


@dataclass(frozen=True, kw_only=True)
class ApplicationDecided(ApplicationEvent):
    """One of those who are asked has decided; `last`: nobody else is asked."""

    name = "application.decided"
    approved: bool
    place: int
    decided_as: str
    delegation: UUID | None
    last: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class ThingsReserved(ApplicationEvent):
    name = "application.reserved"
    things: list[str]
    until: datetime
    by_hand: bool


@dataclass(frozen=True, kw_only=True)
class ThingsReleased(ApplicationEvent):
    """What was set aside is free again; `because`: a stable code."""

    name = "application.released"
    things: list[str]
    because: str


@dataclass(frozen=True, kw_only=True)
class PreparationPlanned(ApplicationEvent):
    name = "application.preparation_planned"
    planned: list[str]


@dataclass(frozen=True, kw_only=True)
class PreparationWaived(ApplicationEvent):
    name = "application.preparation_waived"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApplicationSigned(ApplicationEvent):
    name = "application.signed"
    how: Signed
    agreement: str  # digest


@dataclass(frozen=True, kw_only=True)
class ApplicationUnsigned(ApplicationEvent):
    """What was agreed to counts no more, for its form does not; `because`: a stable code."""

    name = "application.unsigned"
    form: str
    because: str


@dataclass(frozen=True, kw_only=True)
class ApplicationIssued(ApplicationEvent):
    name = "application.issued"
    things: list[str]
    until: date | None
    condition: str | None


@dataclass(frozen=True, kw_only=True)
class ApplicationWithdrawn(ApplicationEvent):
    name = "application.withdrawn"
    note: str


@dataclass(frozen=True, kw_only=True)
class ApplicationExpired(ApplicationEvent):
    name = "application.expired"
    because: Lapse


@dataclass(frozen=True, kw_only=True)
class KitSet(Event):
    name = "kit.set"


@dataclass(frozen=True, kw_only=True)
class KitRemoved(Event):
    name = "kit.removed"


@dataclass(frozen=True, kw_only=True)
class ApplicationPolicySet(Event):
    name = "application_policy.set"
    term: Term
    department: str | None
    effective_from: datetime
    reason: str
