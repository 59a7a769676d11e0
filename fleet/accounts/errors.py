"""What the register of accounts refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


@dataclass(eq=False)
class AccountNotFound(NotFound):
    handle: str
    code = "account_not_found"
    message = _("There is no account {handle}.")
    advice = _("See which there are with `workfleet account list`.")


@dataclass(eq=False)
class AccountMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "account_move_not_allowed"
    message = _("An account that is {state} cannot {move}.")
    advice = _("See where it is with `workfleet account show`.")


@dataclass(eq=False)
class HandleTaken(Conflict):
    handle: str
    kind: str
    code = "handle_taken"
    message = _("There is a {kind} account {handle} already.")
    advice = _("Use that entry, or correct the handle.")


@dataclass(eq=False)
class HandleOfSeveralKinds(Conflict):
    handle: str
    kinds: str
    code = "handle_of_several_kinds"
    message = _("{handle} is the handle of several accounts: {kinds}.")
    advice = _("Say which with the kind in front, e.g. wechat:{handle}.")


@dataclass(eq=False)
class AccountHasNoPassword(Conflict):
    handle: str
    code = "account_has_no_password"
    message = _(
        "{handle} has no password: WeCom signs in by phone number or QR code. "
        "What is changed is the binding."
    )
    advice = _("Change whom it is bound to with `workfleet rotate {handle}`.")


@dataclass(eq=False)
class NoNumberToBind(Conflict):
    handle: str
    code = "no_number_to_bind"
    message = _("No number of the company is known that {handle} could be bound to.")
    advice = _(
        "Put a SIM of the company into its phone and plug it in, "
        "or register the SIM of the number that {handle} is bound to."
    )
