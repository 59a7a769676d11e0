"""What happens to cases."""

from dataclasses import dataclass
from datetime import date
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.cases import CaseKind, CaseStepKind, RungTo
from fleet.contracts.proof import Level


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: CaseKind
    employee: str


@dataclass(frozen=True, kw_only=True)
class CaseEvent(Event):
    kind: CaseKind
    employee: str


@dataclass(frozen=True, kw_only=True)
class CaseOpened(CaseEvent):
    name = "case.opened"
    by: date
    successor: str | None
    steps: int


@dataclass(frozen=True, kw_only=True)
class CaseClosed(CaseEvent):
    name = "case.closed"


@dataclass(frozen=True, kw_only=True)
class CaseCancelled(CaseEvent):
    name = "case.cancelled"
    undone: int
    left: int


@dataclass(frozen=True, kw_only=True)
class CaseReopened(CaseEvent):
    name = "case.reopened"
    steps: list[int]


@dataclass(frozen=True, kw_only=True)
class CaseJoined(CaseEvent):
    """Something was handed out while it was open, and has steps of it now."""

    name = "case.joined"
    steps: list[int]


@dataclass(frozen=True, kw_only=True)
class SuccessorNamed(CaseEvent):
    name = "case.successor_named"
    former: str | None
    successor: str


@dataclass(frozen=True, kw_only=True)
class StepEvent(CaseEvent):
    step: int
    what: CaseStepKind


@dataclass(frozen=True, kw_only=True)
class StepDone(StepEvent):
    name = "case.step_done"
    level: Level
    on_behalf_of: str | None


@dataclass(frozen=True, kw_only=True)
class StepSigned(StepEvent):
    """What a person says stands on a paper that he has signed."""

    name = "case.step_signed"
    level: Level
    paper: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class StepUnsigned(StepEvent):
    """The paper that it rested on counts no more."""

    name = "case.step_unsigned"
    paper: str


@dataclass(frozen=True, kw_only=True)
class StepWaived(StepEvent):
    name = "case.step_waived"


@dataclass(frozen=True, kw_only=True)
class WaiverAsked(StepEvent):
    name = "case.waiver_asked"


@dataclass(frozen=True, kw_only=True)
class CaseEscalated(CaseEvent):
    name = "case.escalated"
    to: RungTo
    open_steps: list[int]


@dataclass(frozen=True, kw_only=True)
class LadderSet(Event):
    name = "case_ladder.set"
    kind: CaseKind
    department: str | None
    reason: str
