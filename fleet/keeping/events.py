"""What happens to what is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.backups.events import BackupEvent
from fleet.contracts.backups import BackupState
from fleet.contracts.keeping import DeletionCause, Depth, DrillState, FaultKind, Purpose


class AboutFault(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: FaultKind


@dataclass(frozen=True, kw_only=True)
class RetentionSet(Event):
    name = "retention_policy.set"
    purpose: Purpose
    department: str | None
    effective_from: datetime
    reason: str
    due: int  # backups that are over their time by it


@dataclass(frozen=True, kw_only=True)
class PreservationPlaced(Event):
    name = "preservation.placed"
    of: str
    reason: str
    kept: list[str]
    too_late: list[str]


@dataclass(frozen=True, kw_only=True)
class PreservationLifted(Event):
    name = "preservation.lifted"
    of: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeletionMarked(BackupEvent):
    name = "backup.deletion_marked"
    cause: DeletionCause
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeletionBegun(BackupEvent):
    """From now on objects of it may be gone, whatever stops the deletion."""

    name = "backup.deletion_begun"


@dataclass(frozen=True, kw_only=True)
class DeletionStopped(BackupEvent):
    name = "backup.deletion_stopped"
    preservation: str


@dataclass(frozen=True, kw_only=True)
class BackupDeleted(BackupEvent):
    """The store was asked: nothing is left but what other backups name."""

    name = "backup.deleted"
    cause: DeletionCause
    objects: int
    bytes: int
    shared: int


@dataclass(frozen=True, kw_only=True)
class BackupDamaged(BackupEvent):
    name = "backup.damaged"
    object: str
    kind: FaultKind


@dataclass(frozen=True, kw_only=True)
class BackupHealed(BackupEvent):
    name = "backup.healed"
    state: BackupState


@dataclass(frozen=True, kw_only=True)
class StorageFaultFound(Event):
    name = "storage_fault.found"
    kind: FaultKind
    found_by: str
    expected: str | None
    seen: str | None
    backups: list[str]


@dataclass(frozen=True, kw_only=True)
class StorageFaultEnded(Event):
    name = "storage_fault.ended"
    kind: FaultKind
    because: str


@dataclass(frozen=True, kw_only=True)
class OrphanRemovalAsked(Event):
    name = "storage_fault.removal_asked"
    size: int | None


@dataclass(frozen=True, kw_only=True)
class NoteWrittenAnew(Event):
    """The note of where an object is by now was lost or wrong; what it says the server knows."""

    name = "storage_check.note_written_anew"
    object: str


@dataclass(frozen=True, kw_only=True)
class StorageChecked(Event):
    name = "storage_check.ended"
    depth: Depth
    objects: int
    bytes: int
    found: int
    healed: int
    orphans: int


@dataclass(frozen=True, kw_only=True)
class DrillPlanned(Event):
    name = "restore_drill.planned"
    backup: str
    seed: str
    packs: list[int]
    among: int  # backups, of which this one was drawn
    reason: str


@dataclass(frozen=True, kw_only=True)
class DrillEnded(Event):
    name = "restore_drill.ended"
    backup: str
    state: DrillState
    files: int
    problems: dict[str, int]
    damaged: list[int]
