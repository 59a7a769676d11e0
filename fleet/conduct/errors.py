"""What violations refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, NotFound


@dataclass(eq=False)
class ViolationNotFound(NotFound):
    number: str
    code = "violation_not_found"
    message = _("There is no violation {number}.")
    advice = _("See which there are with `workfleet violation list`.")


@dataclass(eq=False)
class ViolationDecided(Conflict):
    number: str
    state: str
    code = "violation_decided"
    message = _("{number} was decided already: {state}.")
    advice = _("Look at it with `workfleet violation show {number}`.")


@dataclass(eq=False)
class NotOnesOwnViolation(Forbidden):
    number: str
    code = "not_ones_own_violation"
    message = _("Nobody decides on {number} who is concerned by it himself.")
    advice = _("Ask the supervisor, or the head above you.")
