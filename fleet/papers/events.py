"""What happens to papers."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.papers import PaperKind, PaperRole, SignedHow
from fleet.contracts.proof import Level
from fleet.shipped import VersionAdded


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: PaperKind
    of: str


@dataclass(frozen=True, kw_only=True)
class PaperEvent(Event):
    """`of`: what the paper is about, as people say it."""

    kind: PaperKind
    of: str


@dataclass(frozen=True, kw_only=True)
class PaperMade(PaperEvent):
    name = "paper.made"
    digest: str
    replaces: str | None


@dataclass(frozen=True, kw_only=True)
class PaperReplaced(PaperEvent):
    name = "paper.replaced"
    replaced_by: str


@dataclass(frozen=True, kw_only=True)
class PaperVoided(PaperEvent):
    name = "paper.voided"
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaperSigned(PaperEvent):
    """`identity`: how an operator knew who it was; None where the signer's own sign-in says so."""

    name = "paper.signed"
    role: PaperRole
    how: SignedHow
    level: Level
    digest: str
    identity: str | None


@dataclass(frozen=True, kw_only=True)
class ScanAttached(PaperEvent):
    name = "paper.scan_attached"
    digest: str
    size: int
    content_type: str
    roles: list[str]
    note: str | None


@dataclass(frozen=True, kw_only=True)
class PaperTextEdited(VersionAdded):
    name = "paper_text.edited"
