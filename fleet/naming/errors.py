"""What the room of names refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class TemplateUnclear(Invalid):
    template: str
    fields: str
    code = "template_unclear"
    message = _("The template {template} names nothing by which accounts differ.")
    advice = _("Use {fields} in braces, like a name or a number of the employee, or seq.")


@dataclass(eq=False)
class NameLengthsUnclear(Invalid):
    least: int
    most: int
    code = "name_lengths_unclear"
    message = _("No nickname is {least} characters long at least and {most} at most.")
    advice = _("Give lengths that a nickname of this template can have.")


@dataclass(eq=False)
class NamingInThePast(Conflict):
    effective_from: str
    code = "naming_in_the_past"
    message = _("A rule cannot begin in the past ({effective_from}): what was in force stays so.")
    advice = _("Leave the day out, or name one to come.")


class NothingToInherit(Invalid):
    code = "nothing_to_inherit"
    message = _("There is no rule above the whole company's.")
    advice = _("Name the department that is to have no rule of its own any more.")


@dataclass(eq=False)
class NoNamingRule(NotFound):
    kind: str
    code = "no_naming_rule"
    message = _("No rule says how accounts are named there: {kind}.")
    advice = _("Set one with `workfleet naming set`.")


@dataclass(eq=False)
class NicknameDeviates(Invalid):
    account: str
    nickname: str
    template: str
    proposed: str
    code = "nickname_deviates"
    message = _("{account} is called {nickname}; its department's rule is {template}.")
    advice = _("Call it {proposed}, in the app and here, and try again.")


@dataclass(eq=False)
class NicknameTaken(Conflict):
    nickname: str
    account: str
    code = "nickname_taken"
    message = _("{account} is called {nickname} already, or is to be.")
    advice = _("Choose another; `workfleet naming propose` names one that is free.")


@dataclass(eq=False)
class DeviationNotFound(NotFound):
    number: str
    code = "deviation_not_found"
    message = _("There is no deviation {number}.")
    advice = _("See which there are with `workfleet naming deviations`.")


@dataclass(eq=False)
class DeviationClosed(Conflict):
    number: str
    code = "deviation_closed"
    message = _("{number} is closed already.")
    advice = _("See what is open with `workfleet naming deviations`.")


@dataclass(eq=False)
class NicknameNotAgreed(Conflict):
    number: str
    code = "nickname_not_agreed"
    message = _("No nickname is agreed on for {number} yet.")
    advice = _("Agree on one with `workfleet naming accept`.")


@dataclass(eq=False)
class NothingProposed(Invalid):
    number: str
    code = "no_nickname_fits"
    message = _("No nickname that fits could be found for {number}.")
    advice = _("Name one with --nickname, or make the template shorter.")
