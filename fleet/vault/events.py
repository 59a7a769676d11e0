"""What happens to credentials: numbers and reasons, never a value."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level


@dataclass(frozen=True, kw_only=True)
class CredentialEvent(Event):
    """`number` is the version's; its value is in the vault alone."""

    kind: CredentialKind
    number: int | None


@dataclass(frozen=True, kw_only=True)
class CredentialAdopted(CredentialEvent):
    name = "credential.adopted"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CredentialProposed(CredentialEvent):
    name = "credential.proposed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CredentialRetried(CredentialEvent):
    name = "credential.retried"


@dataclass(frozen=True, kw_only=True)
class CredentialPromoted(CredentialEvent):
    name = "credential.promoted"
    level: Level


@dataclass(frozen=True, kw_only=True)
class CredentialConfirmed(CredentialEvent):
    name = "credential.confirmed"
    level: Level


@dataclass(frozen=True, kw_only=True)
class CredentialDoubted(CredentialEvent):
    name = "credential.doubted"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CredentialRejected(CredentialEvent):
    name = "credential.rejected"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CredentialCleared(CredentialEvent):
    name = "credential.cleared"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CredentialFellDue(CredentialEvent):
    """Something that its policy names made it due before its age did."""

    name = "credential.fell_due"
    trigger: Trigger
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class CredentialDisclosed(CredentialEvent):
    name = "credential.disclosed"
    reason: str
    ticket: str | None
    approved_by: str | None
    pending: bool
    to_holder: bool
    doubtful: int
    rotation_due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DisclosureEvent(Event):
    """What becomes of a request to see a value; the subject is the credential."""

    request: UUID


@dataclass(frozen=True, kw_only=True)
class DisclosureRequested(DisclosureEvent):
    name = "credential.disclosure_requested"
    reason: str
    ticket: str | None


@dataclass(frozen=True, kw_only=True)
class DisclosureDecided(DisclosureEvent):
    name = "credential.disclosure_decided"
    approved: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class DisclosureWithdrawn(DisclosureEvent):
    name = "credential.disclosure_withdrawn"


@dataclass(frozen=True, kw_only=True)
class VaultRewrapped(Event):
    name = "vault.rewrapped"
    versions: int
    key: str
