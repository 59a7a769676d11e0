"""What leaving cases refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class LeavingCaseNotFound(NotFound):
    number: str
    code = "leaving_case_not_found"
    message = _("There is no leaving case {number}.")
    advice = _("See which there are with `workfleet leaving list`.")


@dataclass(eq=False)
class LeavingCaseOpen(Conflict):
    number: str
    name: str
    code = "leaving_case_open"
    message = _("{name} is leaving already: {number}.")
    advice = _("Go on with that case.")


@dataclass(eq=False)
class SuccessorLeavesToo(Invalid):
    name: str
    code = "successor_leaves_too"
    message = _("{name} cannot take over: they are the one who leaves, or leave as well.")
    advice = _("Name somebody who stays.")
