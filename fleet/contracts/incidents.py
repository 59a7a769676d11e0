"""Incidents on the wire: what was reported, and the measures that follow with their clocks."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.custody import Thing
from fleet.contracts.proof import Level
from fleet.contracts.wire import EmployeeRef, Given, ListQuery, Moment, Reason, Short, Shown


class IncidentKind(StrEnum):
    LOST = "lost"
    STOLEN = "stolen"
    ACCOUNT_ABNORMAL = "account_abnormal"
    PASSWORD_LEAKED = "password_leaked"  # noqa: S105 — the name of a kind
    DRIFT = "drift"


class IncidentState(StrEnum):
    PLANNED = "planned"  # what a report would lead to
    OPEN = "open"
    CLOSED = "closed"


class MeasureKind(StrEnum):
    MARK_LOST = "mark_lost"
    FREEZE_ACCOUNT = "freeze_account"
    BLOCK_SIM = "block_sim"
    CHANGE = "change_value"  # of the PIN or the password


class MeasureState(StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_NEEDED = "not_needed"


class IncidentIn(Given):
    """A report; whoever names nothing means the one thing of his that it can be about.

    No secret belongs in `note`: it is read by everybody who works on the incident.
    """

    kind: IncidentKind
    devices: list[Short] = Field([], max_length=50)  # tags
    sims: list[Short] = Field([], max_length=50)  # numbers or ICCIDs
    accounts: list[Short] = Field([], max_length=50)  # handles
    note: Reason | None = None
    dry_run: bool = False


class NoteIn(Given):
    text: Reason


class MeasureIn(Given):
    """What a person says of a measure: level `declared`, or why it is not needed."""

    note: Reason
    not_needed: bool = False


class MoveIn(Given):
    """Why a thing is frozen, thawed or found."""

    reason: Reason


class ThingOut(Shown):
    thing: Thing
    name: str


class MeasureOut(Shown):
    number: int
    what: MeasureKind
    thing: Thing
    name: str
    due_at: Moment
    overdue: bool
    state: MeasureState
    level: Level
    by: str | None
    at: Moment | None
    note: str | None
    guide: str  # what is to be done, empty once it is


class NoteOut(Shown):
    at: Moment
    by: str
    text: str


class IncidentOut(Shown):
    number: str | None  # IN-2026-001; None for what a report would lead to
    kind: IncidentKind
    state: IncidentState
    joined: bool = False  # the report was added to an incident that was open already
    employee: EmployeeRef | None  # whose things they are
    things: list[ThingOut]
    reported_by: str
    reported_at: Moment
    finding: str | None = None
    measures: list[MeasureOut]
    notes: list[NoteOut]
    closed_at: Moment | None
    closed_by: str | None


class IncidentQuery(ListQuery):
    kind: IncidentKind | None = None
    state: IncidentState | None = None
    employee: str | None = None  # number
    overdue: bool = False  # with a measure whose time has run out
