"""Waivers of the return gate on the wire: asked for by one person, granted by another, to a day."""

from enum import StrEnum
from typing import Final

from fleet.contracts.custody import CheckName
from fleet.contracts.wire import Given, ListQuery, Moment, Reason, Shown

USUAL_DAYS: Final = 30
LONGEST_DAYS: Final = 366


class WaiverState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class WaiverIn(Given):
    """`until` is when it ends; thirty days from now where it is left out."""

    check: CheckName
    reason: Reason
    until: Moment | None = None


class WaiverVerdictIn(Given):
    note: Reason


class WaiverOut(Shown):
    """`counts`: it lets its check pass now."""

    number: str
    device: str
    check: CheckName
    state: WaiverState
    counts: bool
    reason: str
    until: Moment
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    note: str | None

    @property
    def standing(self) -> str:
        """Return the word for how it stands: a label of its own where others mean another thing."""
        if self.state is WaiverState.ASKED:
            return "awaiting_decision"
        return "ran_out" if self.state is WaiverState.GRANTED and not self.counts else self.state


class WaiverQuery(ListQuery):
    device: str | None = None  # tag
    check: CheckName | None = None
    state: WaiverState | None = None
    counting: bool = False
