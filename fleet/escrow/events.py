"""What happens to escrow keys."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class EscrowEvent(Event):
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class EscrowKeyTakenOver(EscrowEvent):
    """It was a recipient of the settings when the keys became rows."""

    name = "escrow.taken_over"


@dataclass(frozen=True, kw_only=True)
class EscrowKeyRequested(EscrowEvent):
    name = "escrow.requested"
    reason: str


@dataclass(frozen=True, kw_only=True)
class EscrowKeyDecided(EscrowEvent):
    """From an approval on, who has the identity can read every backup that is made."""

    name = "escrow.decided"
    approved: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class EscrowKeyRetired(EscrowEvent):
    name = "escrow.retired"
    reason: str
    left: int


@dataclass(frozen=True, kw_only=True)
class EscrowKeyProved(EscrowEvent):
    name = "escrow.proved"
