"""What happens to incidents; what people wrote about them is not told here."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.incidents import IncidentKind, MeasureKind, MeasureState
from fleet.contracts.proof import Level


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: IncidentKind


@dataclass(frozen=True, kw_only=True)
class IncidentEvent(Event):
    kind: IncidentKind


@dataclass(frozen=True, kw_only=True)
class IncidentReported(IncidentEvent):
    name = "incident.reported"
    employee: str | None  # number of whoever holds the things
    things: int
    measures: int


@dataclass(frozen=True, kw_only=True)
class IncidentReportedAgain(IncidentEvent):
    """A report was added to an incident that was open already."""

    name = "incident.reported_again"
    things: int  # which it was not about before


@dataclass(frozen=True, kw_only=True)
class IncidentNoted(IncidentEvent):
    name = "incident.noted"


@dataclass(frozen=True, kw_only=True)
class MeasureEndedAs(IncidentEvent):
    name = "incident.measure_ended"
    measure: int
    what: MeasureKind
    state: MeasureState
    level: Level


@dataclass(frozen=True, kw_only=True)
class IncidentClosedBy(IncidentEvent):
    name = "incident.closed"
