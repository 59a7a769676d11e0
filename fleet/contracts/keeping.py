"""Keeping backups on the wire: for how long, what is preserved, what was checked and tried."""

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from fleet.contracts.people import VersionsQuery
from fleet.contracts.wire import (
    Digest,
    EmployeeRef,
    Given,
    Handle,
    ListQuery,
    Moment,
    Reason,
    Short,
    Shown,
)

FOR_EVER: Final = 0  # of the days that a backup is kept
NEVER: Final = 0  # of the days between drills


class Purpose(StrEnum):
    """What a backup was made for: it decides for how long it is kept."""

    ROUTINE = "routine"
    RETURN = "return"
    LEAVING = "leaving"
    INCIDENT = "incident"


class RetentionIn(Given):
    """A new version: what is left out stays as it is in force where and when this one begins."""

    purpose: Purpose
    department: Short | None = None  # the whole company where none is named
    effective_from: Moment | None = None  # at once
    reason: Reason
    inherits: bool = False  # the department has no terms of its own any more
    keep_days: int | None = Field(None, ge=0, le=36500, description="0: for ever.")
    drill_days: int | None = Field(None, ge=0, le=3650, description="0: never.")
    dry_run: bool = False


class RetentionOut(Shown):
    id: str | None  # None: nobody has set any
    purpose: Purpose
    department: str | None
    effective_from: Moment | None
    in_force: bool = True
    inherits: bool = False
    keep_days: int
    drill_days: int
    set_at: Moment | None = None
    set_by: str | None = None
    reason: str | None = None


class RetentionSetOut(Shown):
    """`due`: so many backups would be deleted now, as things stood and by these terms."""

    policy: RetentionOut
    due_before: int
    due: int
    dry_run: bool = False


class RetentionQuery(VersionsQuery):
    purpose: Purpose | None = None


class TermsQuery(Given):
    department: str | None = None
    at: Moment | None = None


class PreservationIn(Given):
    """Of everything that is stored of a phone, of a person, or one backup: exactly one of them."""

    device: Handle | None = None
    employee: Handle | None = None
    backup: Handle | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(name is not None for name in (self.device, self.employee, self.backup)) != 1:
            raise ValueError("name a phone, an employee or a backup, and one of them alone")
        return self


class LiftIn(Given):
    reason: Reason


class PreservationOut(Shown):
    """`kept` are deletions that it stopped, `too_late` those of which a part was gone already."""

    number: str  # PR-2026-001
    device: str | None
    employee: EmployeeRef | None
    backup: str | None
    reason: str
    placed_at: Moment
    placed_by: str
    lifted_at: Moment | None
    lifted_by: str | None
    lifted_because: str | None


class PreservationPlacedOut(Shown):
    preservation: PreservationOut
    backups: int
    kept: list[str]
    too_late: list[str]


class PreservationQuery(ListQuery):
    device: str | None = None
    employee: str | None = None
    lifted: bool = Field(default=False, description="Those that were lifted, too.")


class ExpiryIn(Given):
    dry_run: bool = True


class ExpiringOut(Shown):
    number: str
    device: str
    purpose: Purpose
    ended_at: Moment
    expired_at: Moment
    packs: int
    bytes: int  # some of it may be named by other backups, and stays


class ExpiryOut(Shown):
    """`preserved` and `needed` are over their time, and stay all the same."""

    items: list[ExpiringOut]
    preserved: int
    needed: int
    more: bool  # there are more than are shown, or were marked
    dry_run: bool


class DeletionIn(Given):
    reason: Reason
    dry_run: bool = False


class DeletionCause(StrEnum):
    EXPIRED = "expired"
    ASKED = "asked"


class DeletionOut(Shown):
    """`objects` and `bytes` are gone from the storage, `shared` stay: other backups name them."""

    backup: str
    device: str
    cause: DeletionCause
    reason: str
    marked_at: Moment | None
    marked_by: str | None
    objects: int
    bytes: int
    shared: int
    ended_at: Moment | None


class DeletionQuery(ListQuery):
    device: str | None = None
    cause: DeletionCause | None = None
    open: bool = Field(default=False, description="Those that are not carried out yet.")


class CarriedOut(Shown):
    ended: int  # deletions
    left: int


class Depth(StrEnum):
    QUICK = "quick"  # whether every object is there, and its size
    DEEP = "deep"  # every byte of every object


class StorageCheckIn(Given):
    depth: Depth = Depth.QUICK


class StorageCheckOut(Shown):
    """What was looked at so far, and what is wrong; `ended_at` is None while it is under way."""

    number: str  # SC-2026-001
    depth: Depth
    asked_by: str
    started_at: Moment
    ended_at: Moment | None
    objects: int
    bytes: int
    found: int  # faults
    healed: int
    orphans: int
    orphan_bytes: int


class StorageCheckQuery(ListQuery):
    depth: Depth | None = None


class FaultKind(StrEnum):
    ABSENT = "not_in_storage"
    WRONG_SIZE = "wrong_size"
    ALTERED = "altered"  # of the right size, and other bytes than were stored
    UNRESTORABLE = "unrestorable"  # what is in it is not what the manifest says
    ORPHAN = "orphan"  # nobody names it


class FaultOut(Shown):
    """An object with which something is wrong, or was; `backups` are those that name it."""

    id: str
    object: str  # packs/ab/abcd…
    kind: FaultKind
    expected: str | None
    seen: str | None
    size: int | None
    found_at: Moment
    found_by: str  # the check or the drill
    ended_at: Moment | None
    ended_because: str | None
    backups: list[str]


class FaultQuery(ListQuery):
    kind: FaultKind | None = None
    ended: bool = Field(default=False, description="Those that are over, too.")


class OrphansIn(Given):
    dry_run: bool = True


class OrphansOut(Shown):
    objects: int
    bytes: int
    dry_run: bool


class DrillState(StrEnum):
    PLANNED = "planned"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"  # the backup is gone


class DrillIn(Given):
    backup: Handle
    reason: Reason


class DrillOut(Shown):
    """A sample to be restored: `packs` are drawn by the seed, which was written down before."""

    number: str  # RD-2026-001
    backup: str
    device: str
    state: DrillState
    seed: str
    packs: list[int]
    reason: str
    planned_at: Moment
    due_at: Moment
    ended_at: Moment | None
    by: str | None
    files: int
    bytes: int
    problems: dict[str, int]  # how many files, by reason; no names
    damaged: list[int]  # packs that could not be opened


class DrillQuery(ListQuery):
    device: str | None = None
    state: DrillState | None = None
    due: bool = Field(default=False, description="Those that wait, the longest first.")


class PackTried(Given):
    """What came out of one pack; `digest` is the pack's own, `problems` how many files by reason.

    `damage` says why it could not be opened at all.
    """

    number: int = Field(ge=1)
    digest: Digest
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    problems: dict[Short, int] = Field(default={}, max_length=50)
    damage: Short | None = None


class DrillResultIn(Given):
    """What whoever holds an identity saw, pack by pack, without a name of a file."""

    packs: list[PackTried] = Field(min_length=1, max_length=100)
