"""What the room of password policies refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid


@dataclass(eq=False)
class PolicyInThePast(Conflict):
    effective_from: str
    code = "policy_in_the_past"
    message = _("A policy cannot begin in the past ({effective_from}): what was in force stays so.")
    advice = _("Leave the day out, or name one to come.")


@dataclass(eq=False)
class PolicyDoesNotFit(Invalid):
    kind: str
    field: str
    code = "policy_does_not_fit"
    message = _("A policy of {kind} does not have this: {field}.")
    advice = _("PINs and PUKs are of digits; only PINs of phones have forbidden patterns.")


class QuietHoursUnclear(Invalid):
    code = "quiet_hours_unclear"
    message = _("Quiet hours have a beginning and another end.")
    advice = _("Give both, for example 22:00 and 06:30.")


class CompanyInheritsNothing(Invalid):
    code = "company_inherits_nothing"
    message = _("There is no policy above the whole company's.")
    advice = _("Name the department that is to have no policy of its own any more.")
