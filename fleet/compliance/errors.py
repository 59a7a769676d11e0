"""What findings and checks refuse."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class FindingNotFound(NotFound):
    number: str
    code = "finding_not_found"
    message = _("There is no finding {number}.")
    advice = _("See which there are with `workfleet finding list`.")


@dataclass(eq=False)
class NothingToCheck(Conflict):
    tag: str
    code = "nothing_to_check"
    message = _("The vault has no single PIN for {tag} that a phone could be asked about.")
    advice = _("Adopt the PIN somebody knows, or rotate it: that settles what is in doubt.")


@dataclass(eq=False)
class CheckUnderWay(Conflict):
    tag: str
    code = "check_under_way"
    message = _("A check of {tag} waits for its station already.")
    advice = _("Leave the phone at the station; `workfleet job list --device {tag}` follows it.")


@dataclass(eq=False)
class RotationGoesFirst(Conflict):
    tag: str
    code = "rotation_goes_first"
    message = _("A rotation of {tag} is under way; it asks the phone itself.")
    advice = _("Follow it with `workfleet rotation list --subject {tag}`.")


@dataclass(eq=False)
class FormerNotCalledFor(Conflict):
    tag: str
    code = "former_not_called_for"
    message = _("{tag} has not refused its PIN: no former value is tried on it.")
    advice = _("Ask it first with `workfleet device check {tag}`.")


@dataclass(eq=False)
class RefusedAlready(Conflict):
    tag: str
    number: int
    code = "refused_already"
    message = _("{tag} has refused the value number {number} already.")
    advice = _("`workfleet rotation recover {tag}` shows what is left.")


@dataclass(eq=False)
class NeverChecked(NotFound):
    tag: str
    code = "never_checked"
    message = _("{tag} was never asked whether its PIN opens it.")
    advice = _("Ask it with `workfleet device check {tag}`.")


@dataclass(eq=False)
class FindingClosedAlready(Conflict):
    number: str
    code = "finding_closed_already"
    message = _("{number} is closed already.")
    advice = _("See what is open with `workfleet finding list --state open`.")


@dataclass(eq=False)
class FindingNotWaived(Conflict):
    number: str
    code = "finding_not_waived"
    message = _("{number} is not waived.")
    advice = _("See what is with `workfleet finding list --state waived`.")


@dataclass(eq=False)
class PinCannotBeWaived(Conflict):
    number: str
    code = "pin_cannot_be_waived"
    message = _("{number} tells that the company cannot open a phone: that is not waived.")
    advice = _("`workfleet finding show {number}` says what closes it.")


@dataclass(eq=False)
class WaiverTooLong(Invalid):
    until: str
    code = "waiver_too_long"
    message = _("A waiver ends in the future, within a year, and not on {until}.")
    advice = _("What is to be so for good belongs into the terms: workfleet compliance policy.")


@dataclass(eq=False)
class TermsInThePast(Conflict):
    effective_from: str
    code = "compliance_terms_in_the_past"
    message = _("Terms cannot begin in the past ({effective_from}): what was in force stays so.")
    advice = _("Leave the day out, or name one to come.")
