"""What happens to records as a whole: deleted, restored, purged, merged, parted again."""

from dataclasses import dataclass

from fleet.audit.events import Event
from fleet.contracts.bin import RecordKind


@dataclass(frozen=True, kw_only=True)
class RecordDeleted(Event):
    name = "record.deleted"
    kind: RecordKind
    number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordRestored(Event):
    name = "record.restored"
    kind: RecordKind
    number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordPurged(Event):
    """`reason`: None where its time was over."""

    name = "record.purged"
    kind: RecordKind
    number: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class RecordMerged(Event):
    """`moved` counts, by table, the rows that belong to `into` since."""

    name = "record.merged"
    kind: RecordKind
    number: str
    into: str
    moved: dict[str, int]
    filled: list[str]
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordParted(Event):
    """A merge was undone; `moved` counts what went back."""

    name = "record.parted"
    kind: RecordKind
    number: str
    into: str
    moved: dict[str, int]
    reason: str
