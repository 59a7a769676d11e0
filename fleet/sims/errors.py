"""What the register of SIMs refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


@dataclass(eq=False)
class SimNotFound(NotFound):
    sim: str
    code = "sim_not_found"
    message = _("No SIM has the number or card number {sim}.")
    advice = _("See which there are with `workfleet sim list`.")


@dataclass(eq=False)
class SimMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "sim_move_not_allowed"
    message = _("A SIM that is {state} cannot {move}.")
    advice = _("See where it is with `workfleet sim show`.")


@dataclass(eq=False)
class NumberBound(Conflict):
    number: str
    accounts: str
    code = "number_bound"
    message = _("{number} is still bound to accounts: {accounts}.")
    advice = _(
        "Bind them to another number first, and write it down with `workfleet account edit`."
    )


@dataclass(eq=False)
class NumberGone(Conflict):
    number: str
    code = "number_gone"
    message = _("The number {number} was cancelled: no account can be bound to it.")
    advice = _("Name the number that the account is bound to now.")


@dataclass(eq=False)
class SimTaken(Conflict):
    sim: str
    code = "sim_taken"
    message = _("A SIM with the number or card number {sim} is registered already.")
    advice = _("Use that entry, or correct the number.")
