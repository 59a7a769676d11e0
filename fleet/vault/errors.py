"""What the vault refuses. No refusal ever has a value in it."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound


@dataclass(eq=False)
class CredentialNotFound(NotFound):
    subject: str
    code = "credential_not_found"
    message = _("The vault has no credential of {subject}.")
    advice = _("Change it at a station, or hand the value you know to the vault.")


@dataclass(eq=False)
class NothingToDisclose(NotFound):
    subject: str
    code = "nothing_to_disclose"
    message = _("The vault holds no value of {subject} that is asked for.")
    advice = _("See with `workfleet credential list` what is known of it.")


@dataclass(eq=False)
class ChangeUnderWay(Conflict):
    subject: str
    code = "change_under_way"
    message = _("A change of the credential of {subject} is under way.")
    advice = _("Wait for it to end, or cancel its job; then repeat the command.")


@dataclass(eq=False)
class VersionMoveNotAllowed(Conflict):
    move: str
    state: str
    code = "version_move_not_allowed"
    message = _("A credential's version that is {state} cannot {move}.")
    advice = _("Look at the credential again.")


@dataclass(eq=False)
class PinNotPossible(Invalid):
    subject: str
    code = "pin_not_possible"
    message = _("A PIN for {subject} has 4 to 16 digits and nothing else.")
    advice = _("Check what was typed.")


@dataclass(eq=False)
class PasswordNotPossible(Invalid):
    subject: str
    code = "password_not_possible"
    message = _("A password for {subject} has 1 to 128 characters, all of them printable.")
    advice = _("Check what was typed.")


@dataclass(eq=False)
class PolicyNotPossible(Invalid):
    shortest: int
    longest: int
    code = "policy_not_possible"
    message = _("A generated value has {shortest} to {longest} characters.")
    advice = _("Correct the length in the settings of the server.")


@dataclass(eq=False)
class NothingAllowed(Invalid):
    kind: str
    values: int
    code = "policy_leaves_nothing"
    message = _("The policy of {kind} leaves {values} values to draw from: too few.")
    advice = _("Make it longer, forbid fewer patterns, or remember fewer earlier values.")


@dataclass(eq=False)
class PukNotPossible(Invalid):
    subject: str
    code = "puk_not_possible"
    message = _("The PUK of {subject} has 8 digits and nothing else.")
    advice = _("Read it from the card's holder, or ask the carrier.")


@dataclass(eq=False)
class SimPinNotPossible(Invalid):
    subject: str
    code = "sim_pin_not_possible"
    message = _("The PIN of the SIM {subject} has 4 to 8 digits and nothing else.")
    advice = _("Check what was typed.")


@dataclass(eq=False)
class ApprovalNeeded(Forbidden):
    subject: str
    code = "approval_needed"
    message = _("A value is shown here after another person has approved it.")
    advice = _("Ask for it: workfleet credential request {subject}")


@dataclass(eq=False)
class DisclosureNotFound(NotFound):
    request: str
    code = "disclosure_not_found"
    message = _("There is no request {request}.")
    advice = _("See them with `workfleet credential requests`.")


@dataclass(eq=False)
class DisclosureWaits(Conflict):
    subject: str
    code = "disclosure_waits"
    message = _("You have asked to see {subject} already.")
    advice = _("See it with `workfleet credential requests`, or withdraw it first.")


@dataclass(eq=False)
class DisclosureMoved(Conflict):
    state: str
    code = "disclosure_moved"
    message = _("This request is {state}: that cannot be done with it any more.")
    advice = _("Ask anew if it is still needed.")


@dataclass(eq=False)
class DisclosureUndecided(Conflict):
    request: str
    code = "disclosure_undecided"
    message = _("Nobody has decided about this request yet.")
    advice = _("Ask whoever is security for it: workfleet credential approve {request}")


class NotTheAsker(Forbidden):
    code = "not_the_asker"
    message = _("Only who asked may see the value.")
    advice = _("Ask for it yourself: workfleet credential request")
