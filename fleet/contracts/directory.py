"""The company's list of its people on the wire: what it says that the register does not."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from fleet.contracts.imports import RemarkOut
from fleet.contracts.wire import Day, Digest, Given, ListQuery, Moment, Reason, Short, Shown

# Columns of the register of employees that a list is read for.
COLUMNS: Final = ("number", "name", "department", "position", "joined_on", "leaves_on")
AT_ONCE: Final = 100  # proposals that are decided in one request


class ProposalKind(StrEnum):
    JOINER = "joiner"
    MOVER = "mover"
    LEAVER = "leaver"
    CHANGED = "changed_entry"
    RETURNER = "returner"


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "agreed"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"  # a later list does not say so any more


class SyncQuery(Given):
    """`allow_leavers`: so many people may be said to leave, although it is a crowd."""

    dry_run: bool = False
    allow_leavers: int | None = Field(None, ge=0, le=1_000_000)


class SyncOut(Shown):
    """What a list comes to: proposals that are new, known, dismissed before, and withdrawn.

    `most_leavers` is how many may leave by one list without anybody's leave.
    """

    dry_run: bool
    done: bool
    digest: Digest
    rows: int
    refused: int
    people: int  # active ones in the register
    proposed: dict[ProposalKind, int]
    known: int
    dismissed: int
    withdrawn: int
    leavers: int
    most_leavers: int
    remarks: list[RemarkOut]
    left_off: int
    not_kept: list[str]
    unknown: list[str]


class SaidOut(Shown):
    """One value that the register has, and what the list says."""

    column: str
    old: str | None
    new: str | None


class ProposalOut(Shown):
    number: str
    kind: ProposalKind
    state: ProposalState
    employee: str  # his number
    name: str
    department: str
    said: list[SaidOut]
    proposed_at: Moment
    proposed_by: str
    decided_at: Moment | None
    decided_by: str | None
    reason: str | None


class ProposalQuery(ListQuery):
    kind: ProposalKind | None = None
    state: ProposalState | None = Field(None, description="Those that wait, if left out.")
    department: str | None = None
    history: bool = Field(default=False, description="Those that are decided as well.")


Numbers = Annotated[list[Short], Field(max_length=AT_ONCE)]


class AcceptIn(Given):
    """Proposals by their numbers, or all of a kind that wait, so many at once.

    `by` is the last day of leavers, where the list does not say it; today if left out.
    """

    numbers: Numbers = []
    kind: ProposalKind | None = None
    every: bool = False
    by: Day | None = None
    after: Short | None = None
    dry_run: bool = False


class DismissIn(Given):
    numbers: Numbers = []
    kind: ProposalKind | None = None
    every: bool = False
    reason: Reason
    after: Short | None = None
    dry_run: bool = False


class WhyIn(Given):
    reason: Reason


class DecisionOut(Shown):
    """What became of one proposal; a refused one waits as before."""

    number: str
    kind: ProposalKind
    employee: str
    name: str
    done: bool
    code: str | None = None
    message: str | None = None


class DecisionsOut(Shown):
    """`next` is the `after` of the following request, where all of a kind are decided."""

    decisions: list[DecisionOut]
    dry_run: bool
    next: str | None
