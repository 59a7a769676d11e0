"""What happens to rotations."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: CredentialKind


@dataclass(frozen=True, kw_only=True)
class RotationEvent(Event):
    kind: CredentialKind


@dataclass(frozen=True, kw_only=True)
class RotationPlanned(RotationEvent):
    name = "rotation.planned"
    asked: str
    settling: bool
    even_untrusted: bool


@dataclass(frozen=True, kw_only=True)
class RotationEndedAs(RotationEvent):
    name = "rotation.ended"
    state: RotationState
    level: Level
    reason: str | None
    wrong_attempts: int
    build: str | None


@dataclass(frozen=True, kw_only=True)
class RotationToBeSettled(RotationEvent):
    """The visit ended in doubt: another one will ask which value opens the phone."""

    name = "rotation.to_be_settled"
    visits: int


@dataclass(frozen=True, kw_only=True)
class RotationPostponed(RotationEvent):
    """The phone makes callers wait; nothing was tried, and the next visit is not made before."""

    name = "rotation.postponed"
    until: datetime | None
    pauses: int


@dataclass(frozen=True, kw_only=True)
class RotationDeclared(RotationEvent):
    """A person said that he did it."""

    name = "rotation.declared"
    what: str
    note: str


@dataclass(frozen=True, kw_only=True)
class RotationWitnessed(RotationEvent):
    """Another person saw it."""

    name = "rotation.witnessed"
    what: str
    said_by: str


@dataclass(frozen=True, kw_only=True)
class RotationHeardOfLate(RotationEvent):
    """A station reported a visit after the rotation had ended, or while another one has it."""

    name = "rotation.heard_of_late"
    reported: RotationState
    opens: str | None
    level: Level
    doubted: bool
