"""Change requests, their approval and the hand-over of the new value, on the wire."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.wire import EmployeeRef, Given, ListQuery, Moment, Reason, Short, Shown


class RequestKind(StrEnum):
    CHANGE = "change"  # the holder wants another value
    ISSUE = "issue"  # he was handed the thing: its value is to be handed over to him
    ROTATION = "rotation"  # it was changed for another reason: he is to learn the new value


class RequestState(StrEnum):
    REQUESTED = "requested"  # waits for who decides
    APPROVED = "approved"  # waits for an appointment
    APPOINTED = "appointed"  # the change is planned for the appointment
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"  # ended without a change: he leaves, or holds it no longer
    DONE = "done"  # changed, with the proof that it was


class Desk(StrEnum):
    """Who decides."""

    HEAD = "head"  # of `department`, or his delegate
    SUPERVISOR = "supervisor"
    SECURITY = "security"


class Ended(StrEnum):
    """Why a request was closed without a change, or a value not handed over."""

    LEAVING = "leaving"
    RETURN = "return"  # the return began, or the thing is in other hands
    SUPERSEDED = "superseded"  # a newer value is to be handed over instead


class Handed(StrEnum):
    SHOWN = "shown"  # to the holder himself, signed in
    SLIP = "slip"  # on a sealed slip of paper


class RequestIn(Given):
    """Ask for a change of what one holds; IT asks on behalf of the holder."""

    kind: CredentialKind
    subject: Short  # tag, handle or number
    reason: Reason


class VerdictIn(Given):
    note: Reason


class AppointIn(Given):
    """The holder proposes, IT settles; left out, IT settles what was proposed."""

    station: Short | None = None
    at: Moment | None = None


class HandOverIn(Given):
    slip: bool = False  # on paper, by IT; otherwise to the holder himself


class HopOut(Shown):
    """One step on the way to who decides."""

    at: Moment
    desk: Desk
    department: str | None
    why: str | None  # a stable code; None for who was asked first


class RequestOut(Shown):
    number: str  # CR-2026-001
    what: RequestKind
    kind: CredentialKind
    subject: str
    holder: EmployeeRef
    department: str  # of the holder
    state: RequestState
    reason: str
    asked_by: str
    asked_at: Moment
    desk: Desk | None  # who decides, while it waits
    desk_department: str | None
    desk_name: str | None  # the head's
    decide_by: Moment | None
    overdue: bool
    way: list[HopOut]
    decided_by: str | None
    decided_as: str | None
    decided_at: Moment | None
    note: str | None
    station: str | None
    appointed_for: Moment | None
    appointment_settled: bool
    rotation: str | None
    outcome: str | None  # how the last attempt ended: a stable code
    outcome_sentence: str
    advice: str  # what to do next
    level: Level
    closing: Ended | None
    ended_at: Moment | None
    handed_at: Moment | None
    handed_by: str | None
    handed_how: Handed | None


class RequestQuery(ListQuery):
    state: RequestState | None = None
    what: RequestKind | None = None
    kind: CredentialKind | None = None
    subject: str | None = None
    holder: str | None = None  # number
    department: str | None = None  # code; with all beneath it
    station: str | None = None
    # Of the appointment, by the server's clock.
    day: date | None = Field(None, ge=date(2000, 1, 1), le=date(2199, 12, 31))
    overdue: bool = False  # waits for a decision beyond its time
    mine: bool = False  # waits for the decision of whoever asks now
    to_hand_over: bool = False  # changed, and the holder does not have the value yet


class RequestsTodayOut(Shown):
    """What waits for whoever asks, as far as his permissions go."""

    to_decide: int  # by himself
    overdue: int  # beyond the time to decide
    to_appoint: int  # approved, without a settled appointment
    appointments: int  # of today
    to_hand_over: int


class HandedOverOut(Shown):
    """The one answer with a value in it: to the holder himself, or for a slip."""

    number: str
    kind: CredentialKind
    subject: str
    holder: EmployeeRef
    value: str
    level: Level
    how: Handed


class DelegateIn(Given):
    """The head of a department has somebody else decide in his place."""

    delegate: Short  # employee number
    begins_at: Moment | None = None  # now
    ends_at: Moment
    reason: Reason


class DelegationOut(Shown):
    id: str
    head: EmployeeRef
    delegate: EmployeeRef
    begins_at: Moment
    ends_at: Moment
    reason: str
    made_at: Moment
    ended_by: str | None


class DelegationQuery(ListQuery):
    in_force: bool = False  # now
