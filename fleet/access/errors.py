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
