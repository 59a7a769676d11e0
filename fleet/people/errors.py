"""What the register of people refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class EmployeeNotFound(NotFound):
    number: str
    code = "employee_not_found"
    message = _("There is no employee {number}.")
    advice = _("See who there is with `workfleet employee list`.")


@dataclass(eq=False)
class DepartmentNotFound(NotFound):
    department: str
    code = "department_not_found"
    message = _("There is no department {department}.")
    advice = _("See which there are with `workfleet department list`.")


@dataclass(eq=False)
class EmployeeNumberTaken(Conflict):
    number: str
    code = "employee_number_taken"
    message = _("There is an employee {number} already.")
    advice = _("Use that entry, or correct the number.")


@dataclass(eq=False)
class DepartmentCodeTaken(Conflict):
    department: str
    code = "department_code_taken"
    message = _("There is a department {department} already.")
    advice = _("Use that entry, or correct the code.")


@dataclass(eq=False)
class EmployeeNotActive(Conflict):
    number: str
    name: str
    status: str
    code = "employee_not_active"
    message = _("{name} ({number}) is {status}: nothing new is handed to them.")
    advice = _("Hand it to somebody who stays, or correct the entry.")


@dataclass(eq=False)
class DepartmentsInCircle(Invalid):
    department: str
    parent: str
    code = "departments_in_circle"
    message = _("{parent} is {department} itself, or beneath it.")
    advice = _("Name a department that is not beneath this one.")


@dataclass(eq=False)
class PostHeldAlready(Conflict):
    name: str
    department: str
    title: str
    code = "post_held_already"
    message = _("{name} has this post in {department} already: {title}.")
    advice = _("See the posts with `workfleet employee show`.")


@dataclass(eq=False)
class PostNotFound(NotFound):
    name: str
    department: str
    title: str
    code = "post_not_found"
    message = _("{name} has no such post beside the main one: {department} {title}.")
    advice = _("See the posts with `workfleet employee show`.")


class PostEndsBeforeItBegins(Invalid):
    code = "post_ends_before_it_begins"
    message = _("A post cannot end before it begins.")
    advice = _("Correct one of the two days.")


@dataclass(eq=False)
class EmployeeHasNotLeft(Conflict):
    number: str
    name: str
    status: str
    code = "employee_has_not_left"
    message = _("{name} ({number}) has not left: {status}.")
    advice = _("Correct the entry instead; who is leaving comes back once the case is closed.")


@dataclass(eq=False)
class PartnerNotFound(NotFound):
    partner: str
    code = "partner_not_found"
    message = _("There is no partner {partner}.")
    advice = _("See which there are with `workfleet partner list`.")


@dataclass(eq=False)
class PartnerNameTaken(Conflict):
    partner: str
    code = "partner_name_taken"
    message = _("There is a partner {partner} already.")
    advice = _("Use that entry, or correct the name.")


@dataclass(eq=False)
class PartnerStateAlready(Conflict):
    partner: str
    state: str
    code = "partner_state_already"
    message = _("The cooperation with {partner} is {state} already.")
    advice = _("See since when, and why, with `workfleet partner show`.")
