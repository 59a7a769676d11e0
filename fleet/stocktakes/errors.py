"""What stock-takes are refused for."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class StocktakeNotFound(NotFound):
    number: str
    code = "stocktake_not_found"
    message = _("There is no stock-take {number}.")
    advice = _("See which there are with `workfleet stocktake list`.")


@dataclass(eq=False)
class StocktakeMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "stocktake_move_not_allowed"
    message = _("A stock-take that is {state} cannot {move}.")
    advice = _("See how it stands with `workfleet stocktake list`.")


class NothingInScope(Conflict):
    code = "nothing_in_scope"
    message = _("Nothing in the register is in this scope.")
    advice = _("Widen it, or look with `workfleet device list`.")


@dataclass(eq=False)
class ScopeUnknown(Invalid):
    word: str
    known: str
    code = "scope_unknown"
    message = _("{word} is nothing that a scope can be narrowed to.")
    advice = _("There is: {known}.")


@dataclass(eq=False)
class ClosedByTheSame(Forbidden):
    number: str
    by: str
    code = "stocktake_closed_by_the_same"
    message = _("{by} has closed {number}: another person signs it.")
    advice = _("Have somebody else look at the result and sign it.")


@dataclass(eq=False)
class StocktakeAltered(Conflict):
    number: str
    code = "stocktake_altered"
    message = _("The result of {number} is not the one that was closed.")
    advice = _("Somebody has changed the database: look with `workfleet audit verify`.")


@dataclass(eq=False)
class CountedMeanwhile(Conflict):
    number: str
    code = "stocktake_counted_meanwhile"
    message = _("More was found in {number} since you looked.")
    advice = _("Look again with `workfleet stocktake show {number}`, and close it then.")


@dataclass(eq=False)
class NoSuchDifference(NotFound):
    number: str
    name: str
    code = "stocktake_difference_not_found"
    message = _("{name} is no open difference of {number}.")
    advice = _("See them with `workfleet stocktake differences --stocktake {number}`.")


@dataclass(eq=False)
class RegisterSaysOtherwise(Conflict):
    name: str
    state: str
    code = "register_says_otherwise"
    message = _("{name} is {state} in the register.")
    advice = _("Report it first: `workfleet incident report lost {name}`, or strike it off there.")


@dataclass(eq=False)
class ResolvedByItself(Invalid):
    code = "resolved_by_itself"
    message = _("That a phone was seen at a station is noted when it is, and by nobody's word.")
    advice = _("Name what you know: found_later, reported_lost, struck_off, register_corrected.")
