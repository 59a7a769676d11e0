"""What happens to remedies, and to the company's files of apps."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyState


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    device: str
    action: RemedyAction
    package: str | None
    user: int


class AboutApk(TypedDict):
    subject_id: UUID
    subject_name: str
    digest: str
    version_code: int


@dataclass(frozen=True, kw_only=True)
class RemedyEvent(Event):
    device: str  # tag
    action: RemedyAction
    package: str | None
    user: int  # of the phone


@dataclass(frozen=True, kw_only=True)
class RemedyPlanned(RemedyEvent):
    name = "remedy.planned"
    finding: str | None
    undo_of: str | None
    because: str | None


@dataclass(frozen=True, kw_only=True)
class RemedyEnded(RemedyEvent):
    name = "remedy.ended"
    state: RemedyState
    level: Level
    reason: str | None
    changed: bool | None
    build: str | None
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class RemedyUndone(RemedyEvent):
    name = "remedy.undone"
    by: str  # the number of the remedy that took it back


@dataclass(frozen=True, kw_only=True)
class ApkEvent(Event):
    digest: str
    version_code: int


@dataclass(frozen=True, kw_only=True)
class ApkAdded(ApkEvent):
    """`trusted_because`: its certificate was nobody's that is known here."""

    name = "apk.added"
    certificate: str
    size: int
    trusted_because: str | None


@dataclass(frozen=True, kw_only=True)
class ApkRemoved(ApkEvent):
    name = "apk.removed"
