"""What access refuses."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized


@dataclass(eq=False)
class NotAllowed(Forbidden):
    permission: str
    role: str
    code = "not_allowed"
    message = _("The role {role} may not do this: it needs {permission}.")
    advice = _("Ask an administrator to do it, or to give you a role that may.")


class TokenNotKnown(Unauthorized):
    """Unknown, expired, revoked, or its owner was shut out: the answer is always the same."""

    code = "token_not_known"
    message = _("Nobody we know is asking.")
    advice = _("Log in with `workfleet login`; a station enrols again with a new code.")


class LoginRefused(Unauthorized):
    code = "login_refused"
    message = _("This user name and password do not belong together.")
    advice = _("Check both, and whether the keyboard is set to another language.")


@dataclass(eq=False)
class UserNotFound(NotFound):
    username: str
    code = "user_not_found"
    message = _("There is no user {username}.")
    advice = _("See who there is with `workfleet user list`.")


@dataclass(eq=False)
class UsernameTaken(Conflict):
    username: str
    code = "username_taken"
    message = _("There is a user {username} already.")
    advice = _("Choose another name.")


@dataclass(eq=False)
class PasswordTooShort(Invalid):
    least: int
    code = "password_too_short"
    message = _("This password is shorter than {least} characters.")
    advice = _("Take a longer one; a few words are easy to remember.")


class EmployeeIsUser(Conflict):
    code = "employee_is_user"
    message = _("This employee is a user already.")
    advice = _("See which with `workfleet user list`.")


class GrantedToOneself(Forbidden):
    code = "granted_to_oneself"
    message = _("Nobody grants a role to himself.")
    advice = _("Ask another holder of the role security.")


@dataclass(eq=False)
class RoleNeedsDepartment(Invalid):
    role: str
    code = "role_needs_department"
    message = _("The role {role} is held for a department.")
    advice = _("Name it with --department.")


@dataclass(eq=False)
class RoleReachesEverything(Invalid):
    role: str
    code = "role_reaches_everything"
    message = _("The role {role} cannot end at a department.")
    advice = _("Leave the department out, or grant the role manager or supervisor.")


@dataclass(eq=False)
class RoleHeldAlready(Conflict):
    username: str
    role: str
    code = "role_held_already"
    message = _("{username} holds the role {role} already.")
    advice = _("See the roles with `workfleet user show`.")


@dataclass(eq=False)
class AdministratorsSeparated(Conflict):
    username: str
    role: str
    held: str
    code = "administrators_separated"
    message = _("{username} holds {held}: the role {role} has to be another person's.")
    advice = _("Grant it to somebody else; the three administrators are kept apart here.")


@dataclass(eq=False)
class AdministratorsHeldTogether(Conflict):
    usernames: str
    code = "administrators_held_together"
    message = _("Two of the roles administrator, security and auditor are held by: {usernames}.")
    advice = _("Grant them to others and withdraw them here first.")


@dataclass(eq=False)
class GrantNotFound(NotFound):
    grant: str
    code = "grant_not_found"
    message = _("There is no grant {grant}.")
    advice = _("See the roles with `workfleet user show`.")


@dataclass(eq=False)
class GrantEnded(Conflict):
    username: str
    role: str
    code = "grant_ended"
    message = _("{username} does not hold the role {role} any more.")
    advice = _("There is nothing to withdraw.")


@dataclass(eq=False)
class LastOfItsRole(Conflict):
    username: str
    role: str
    code = "last_of_its_role"
    message = _("{username} is the last one with the role {role}: nobody could undo this.")
    advice = _("Grant the role to another person first.")
