"""Violations on the wire: drafts alone, seen by few, decided by people."""

from enum import StrEnum

from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Reason, Shown


class ViolationState(StrEnum):
    DRAFT = "draft"  # found by the software, weighed by nobody
    DISMISSED = "dismissed"
    KEPT = "kept"  # for a hearing


class ViolationOut(Shown):
    number: str  # VD-2026-001
    clause: str  # of the company's rules, e.g. A7
    employee: EmployeeRef
    device: str
    finding: str
    sentence: str
    since: Moment | None  # it happened after this
    opened_at: Moment
    state: ViolationState
    decided_by: str | None
    decided_at: Moment | None
    reason: str | None
    digest: Digest | None  # of the steps that showed it


class ViolationDecisionIn(Given):
    reason: Reason


class ViolationQuery(ListQuery):
    state: ViolationState | None = None
    employee: str | None = None  # number
