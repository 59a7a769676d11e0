"""What happens around the opening of backups; the subject is the opening, or the backup read."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.proof import Level


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    backup: str | None
    purpose: OpeningPurpose


@dataclass(frozen=True, kw_only=True)
class OpeningEvent(Event):
    backup: str | None
    purpose: OpeningPurpose


@dataclass(frozen=True, kw_only=True)
class OpeningRequested(OpeningEvent):
    """`emergency`: by the account in the safe, which waits for nobody."""

    name = "opening.requested"
    reason: str
    paths: list[str]
    emergency: bool


@dataclass(frozen=True, kw_only=True)
class OpeningDecided(OpeningEvent):
    name = "opening.decided"
    approved: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class OpeningEnded(OpeningEvent):
    """Withdrawn before it was used, or closed after."""

    name = "opening.ended"
    fetched: int


@dataclass(frozen=True, kw_only=True)
class BackupOpened(Event):
    """Somebody fetched the data of a person.

    `part` is "manifest", "index", the number of a pack, or a part of one.
    """

    name = "backup.opened"
    device: str
    part: str
    opening: str


@dataclass(frozen=True, kw_only=True)
class ObjectResealed(Event):
    """One object took the place of another; `plain` is the digest of what both hold.

    `part` is "index", or the number of a pack.
    """

    name = "backup.resealed"
    part: str
    before: str
    after: str
    plain: str
    level: Level
    opening: str


@dataclass(frozen=True, kw_only=True)
class OldObjectRemoved(Event):
    """What was sealed to other keys is gone from the storage."""

    name = "backup.old_object_removed"
    digest: str
    in_place: str
