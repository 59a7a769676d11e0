"""Planning remedies, taking them back, and what became of them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.findings import Rule
from fleet.contracts.proof import Level
from fleet.contracts.remedies import Package, RemedyAction, Seen
from fleet.contracts.wire import Digest, Given, ListQuery, Mark, Moment, Reason, Short, Shown

MOST_NAMED = 200

Names = Annotated[list[Short], Field(max_length=MOST_NAMED)]


class RemedyState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    REFUSED = "refused"  # not done: by the phone's word, or by what it showed
    IN_DOUBT = "in_doubt"  # it may have been done
    UNDONE = "undone"  # taken back by a remedy of its own
    CANCELLED = "cancelled"


class RemedyPlanIn(Given):
    """For findings, for everything open that breaks a rule, or for phones and an action.

    A rule knows what is done against it; `action` chooses among that. Without `user` it is done
    for each user of the phone that has the app, without `apk` from the newest file of the app.
    `after` goes on where a part of a rule's findings ended.
    """

    findings: Names = []
    rule: Rule | None = None
    department: Short | None = None
    devices: Names = []
    action: RemedyAction | None = None
    package: Package | None = None
    user: int | None = Field(None, ge=0, lt=2**31)
    apk: Short | None = None
    reason: Reason | None = None
    most: int = Field(100, ge=1, le=MOST_NAMED)
    after: Mark | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (bool(self.findings), self.rule is not None, bool(self.devices))
        if sum(ways) != 1:
            raise PydanticCustomError("remedy_for_what", "findings, a rule, or phones: one of them")
        if self.devices and self.action is None:
            raise PydanticCustomError("remedy_which", "phones alone do not say what to do")
        if self.department is not None and self.rule is None:
            raise PydanticCustomError("remedy_where", "a department narrows a rule")
        return self


class RemedyIn(Given):
    reason: Reason | None = None


class RemedyLineOut(Shown):
    """What is done on a phone, or why not: `code` is that of what is in the way.

    `undo` is what takes it back; where nothing does, `no_way_back` says why.
    """

    device: str
    finding: str | None
    rule: Rule | None
    action: RemedyAction | None
    package: str | None
    user: int
    version: str | None  # of the file
    undo: RemedyAction | None
    no_way_back: str | None
    code: str | None = None
    in_the_way: str | None = None
    advice: str | None = None
    remedy: str | None = None  # its number, once it is planned


class RemedyPlanOut(Shown):
    lines: list[RemedyLineOut]
    planned: int
    dry_run: bool
    next: str | None = None


class RemedyOut(Shown):
    """`level` is verified where the phone itself showed it; `undo` what takes it back now."""

    number: str  # RM-2026-001
    device: str
    finding: str | None
    rule: Rule | None
    action: RemedyAction
    package: str | None
    user: int
    apk: str | None  # digest
    version: str | None
    state: RemedyState
    level: Level
    asked_by: str
    asked_because: str | None
    planned_at: Moment
    ended_at: Moment | None
    reason: str | None  # a stable code
    sentence: str | None
    word: str | None  # the phone's own
    changed: bool | None
    before: Seen | None
    after: Seen | None
    undo: RemedyAction | None
    undo_of: str | None
    undone_by: str | None
    build: str | None
    digest: Digest | None
    job: str


class RemedyQuery(ListQuery):
    state: RemedyState | None = None
    action: RemedyAction | None = None
    device: str | None = None
    finding: str | None = None
    rule: Rule | None = None
    package: str | None = None


class RemedyProofOut(Shown):
    """What a station did on a phone against a finding."""

    number: str
    action: RemedyAction
    package: str | None
    state: RemedyState
    level: Level
    ended_at: Moment | None
    digest: Digest | None
