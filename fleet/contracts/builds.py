"""Builds on the wire: what the lock tool of one is believed, and what showed it."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.wire import Given, ListQuery, Moment, Reason, Shown


class BuildTrust(StrEnum):
    """What a phone's lock tool is believed; found out for a build, not for a phone."""

    UNKNOWN = "unknown"  # no visit has shown it yet
    TRUSTED = "trusted"  # it refused a wrong value and accepted the right one after
    UNTRUSTED = "untrusted"  # it said yes to a wrong value, or to a change that it did not make


class BuildQuery(ListQuery):
    trust: BuildTrust | None = Field(None, description="Only what is believed so much.")


class BuildOut(Shown):
    """`build` is brand, model and fingerprint; `shown_by` the rotation that decided `trust`."""

    id: str
    build: str
    trust: BuildTrust
    why: str | None  # a stable code: what was seen
    since: Moment | None
    shown_by: str | None
    first_seen_at: Moment
    last_visit_at: Moment | None
    visits: int
    phones: int  # that have it now
    reset_at: Moment | None
    reset_by: str | None
    reset_reason: str | None


class BuildVisitOut(Shown):
    """One visit to a phone of the build: what its steps showed, and what it ended as."""

    at: Moment
    subject: str
    rotation: str
    showed: BuildTrust
    why: str | None
    outcome: str | None  # the reason code of the visit; none where nothing was wrong


class BuildDetailOut(BuildOut):
    """`outcomes` counts all visits by their reason code; `evidence` are the newest ones."""

    outcomes: dict[str, int]
    evidence: list[BuildVisitOut]
    tags: list[str]  # of phones that have it, the first hundred


class ResetBuildIn(Given):
    """Forget what was found out about a build: the next visit finds it out anew."""

    reason: Reason
