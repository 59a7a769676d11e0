"""Openings on the wire: who reads a person's backup, what for, and who allowed it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Reason, Short, Shown


class OpeningState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # who asked, and nobody else, may fetch until its time is over
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"  # used, or not needed any more
    EXPIRED = "expired"


class OpeningPurpose(StrEnum):
    GIVE_BACK = "give_back"  # to the person whose data it is
    HAND_OVER = "hand_over"  # work data, to who goes on with it
    INVESTIGATION = "investigation"
    LEGAL = "legal"  # a court or an authority demands it
    DRILL = "drill"  # whether it can be restored
    RESEAL = "reseal"  # all packs and indexes, to seal them to other keys


# A shell pattern over paths; whom it is asked of reads it, so it is short.
PathPattern = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class OpeningIn(Given):
    """`paths`: what of it is meant, as patterns; none is the whole. `backup` is left out to reseal.

    The server cannot look into a pack, so `paths` is an intention that people hold each other to.
    """

    backup: Short | None = None
    purpose: OpeningPurpose
    reason: Reason
    paths: list[PathPattern] = Field([], max_length=50)


class OpeningOut(Shown):
    number: str  # OP-2026-0001
    backup: str | None
    device: str | None
    holder: EmployeeRef | None  # whose data it is
    purpose: OpeningPurpose
    paths: list[str]
    reason: str
    state: OpeningState
    emergency: bool  # by the account in the safe, without another person
    asked_by: str
    asked_at: Moment
    until: Moment
    decided_by: str | None
    decided_at: Moment | None
    note: str | None
    fetched: int  # manifests and packs, or parts of them
    last_fetched_at: Moment | None
    closed_at: Moment | None


class OpeningQuery(ListQuery):
    state: OpeningState | None = None
    purpose: OpeningPurpose | None = None
    backup: str | None = None
    device: str | None = None
    holder: str | None = None  # number
    mine: bool = False  # asked by whoever asks now


class SealedKind(StrEnum):
    PACK = "pack"
    INDEX = "index"  # the list of a backup's names


class UnsealedOut(Shown):
    """What is not sealed to exactly the active keys: a pack, or an index, which has no number."""

    backup: str
    kind: SealedKind
    number: int | None
    digest: Digest


class ToResealOut(Shown):
    """`half_done`: sealed anew and stored, but the old object is still there.

    `waiting`: so many are of damaged backups alone, and can be sealed anew once these are whole.
    """

    opening: str
    recipients: list[str]
    objects: list[UnsealedOut]
    more: bool
    half_done: list[Digest]
    left: int
    waiting: int = 0


class ToResealQuery(Given):
    after: Digest | None = None


class ResealQuery(Given):
    """What is said of the bytes that follow, and of what they hold: `plain` is its digest."""

    digest: Digest
    size: int = Field(ge=0)
    plain: Digest
    sealed_to: Short
    opened_again: bool = False


class ResealedOut(Shown):
    before: Digest
    after: Digest
    first: Digest  # what manifests call it
    plain: Digest
    level: Level
    settled: bool  # the old object is gone
