"""What happens to change requests; a phone number among the subjects is masked."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.requests import Desk, Ended, Handed, RequestKind


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: CredentialKind
    opens: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class RequestEvent(Event):
    """`opens`: what the credential opens, as the trail says it."""

    kind: CredentialKind
    opens: str
    holder: str


@dataclass(frozen=True, kw_only=True)
class RequestMade(RequestEvent):
    name = "request.made"
    what: RequestKind
    reason: str


@dataclass(frozen=True, kw_only=True)
class RequestPassedOn(RequestEvent):
    """It waits for somebody else from now on: `why` says what was wrong with who was before."""

    name = "request.passed_on"
    desk: Desk
    department: str | None
    why: str
    decide_by: datetime


@dataclass(frozen=True, kw_only=True)
class RequestDecided(RequestEvent):
    name = "request.decided"
    approved: bool
    decided_as: str
    delegation: UUID | None
    note: str


@dataclass(frozen=True, kw_only=True)
class AppointmentProposed(RequestEvent):
    name = "request.appointment_proposed"
    station: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestAppointed(RequestEvent):
    name = "request.appointed"
    station: str
    at: datetime
    rotation: UUID | None


@dataclass(frozen=True, kw_only=True)
class RequestUnmet(RequestEvent):
    """The change failed, or did not do what was asked for: the request stays open."""

    name = "request.unmet"
    rotation: UUID
    outcome: str


@dataclass(frozen=True, kw_only=True)
class RequestMet(RequestEvent):
    name = "request.met"
    rotation: UUID | None
    level: Level


@dataclass(frozen=True, kw_only=True)
class RequestWithdrawn(RequestEvent):
    name = "request.withdrawn"
    note: str


@dataclass(frozen=True, kw_only=True)
class RequestClosed(RequestEvent):
    name = "request.closed"
    closing: Ended


@dataclass(frozen=True, kw_only=True)
class RequestHandedOver(RequestEvent):
    """The holder has the value now; `credential.disclosed` says which."""

    name = "request.handed_over"
    how: Handed


@dataclass(frozen=True, kw_only=True)
class DelegationMade(Event):
    name = "delegation.made"
    delegate: str
    begins_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class DelegationEnded(Event):
    name = "delegation.ended"
    delegate: str


@dataclass(frozen=True, kw_only=True)
class DepartmentHeadNamed(Event):
    """`change`: what the people of the department hold was made due, because he asked for it."""

    name = "department.head_named"
    former: str | None
    head: str
    reason: str
    change: bool
