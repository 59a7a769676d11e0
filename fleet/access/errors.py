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
    advice = _("Ask a colleague who may, or whoever is security for a role that does.")


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
    most: int
    code = "password_too_short"
    message = _("A password has {least} to {most} characters.")
    advice = _("Take a longer one; a few words are easy to remember.")


@dataclass(eq=False)
class PasswordTooPlain(Invalid):
    classes: int
    code = "password_too_plain"
    message = _("A password has to mix {classes} of: small letters, capitals, digits, others.")
    advice = _("Add what is missing.")


class PasswordKnownToEverybody(Invalid):
    code = "password_known_to_everybody"
    message = _("This password is among the first that are guessed.")
    advice = _("Take one that is not a known word, the user's name or a run of digits.")


@dataclass(eq=False)
class PasswordUsedBefore(Invalid):
    count: int
    code = "password_used_before"
    message = _("This is one of the last {count} passwords.")
    advice = _("Take another one.")


class PasswordWrong(Forbidden):
    code = "password_wrong"
    message = _("This is not the present password.")
    advice = _("Type the one you signed in with.")


class NotSignedIn(Forbidden):
    code = "not_signed_in"
    message = _("Only the person himself may do this, signed in with his password.")
    advice = _("Run `workfleet login` first; a program's token is not enough.")


@dataclass(eq=False)
class WouldStandIn(Forbidden):
    """Whoever has a person's access acts as that person: nobody sees the difference."""

    username: str
    role: str
    code = "would_stand_in"
    message = _("{username} is {role}, which you are not: you could act in that name.")
    advice = _(
        "Have the role withdrawn first and granted anew after, or ask somebody who holds it."
    )


@dataclass(eq=False)
class TokenOfAPerson(Forbidden):
    username: str
    code = "token_of_a_person"
    message = _("{username} logs in with a password: nobody else makes tokens in that name.")
    advice = _("Have {username} make it, or add a user without a password for the program.")


class SomethingFirst(Forbidden):
    code = "something_first"
    message = _("Something has to be done before anything else in this session.")
    advice = _("Run `workfleet password`, or `workfleet second-factor set-up`.")


@dataclass(eq=False)
class LockedOut(Unauthorized):
    seconds: int
    code = "locked_out"
    message = _("There were too many wrong passwords under this name.")
    advice = _("Try again in {seconds} s, or ask an administrator: workfleet user unlock")


class SecondFactorNeeded(Unauthorized):
    code = "second_factor_needed"
    message = _("The password is right; the code of your app is needed as well.")
    advice = _("Type the six digits that it shows now, or one of your recovery codes.")


class CodeWrong(Unauthorized):
    code = "code_wrong"
    message = _("This code is wrong, or it was used already.")
    advice = _("Wait for the next one in your app; check that your phone's clock is right.")


class SecondFactorSet(Conflict):
    code = "second_factor_set"
    message = _("There is a second factor already.")
    advice = _("Remove it first: workfleet second-factor remove")


class SecondFactorNotBegun(Conflict):
    code = "second_factor_not_begun"
    message = _("No second factor is being set up.")
    advice = _("Begin with `workfleet second-factor set-up`.")


@dataclass(eq=False)
class SecondFactorUnset(Conflict):
    username: str
    code = "second_factor_unset"
    message = _("{username} has no second factor.")
    advice = _("There is nothing to remove.")


@dataclass(eq=False)
class TokenNotFound(NotFound):
    token: str
    code = "token_not_found"
    message = _("There is no token or session {token}.")
    advice = _("See them with `workfleet token list` and `workfleet session list`.")


@dataclass(eq=False)
class TokenLastsTooLong(Invalid):
    days: int
    code = "token_lasts_too_long"
    message = _("A token lasts {days} days at most.")
    advice = _("Name an earlier day; it can be replaced by a new one before it ends.")


@dataclass(eq=False)
class TokenTooWide(Forbidden):
    permission: str
    username: str
    code = "token_too_wide"
    message = _("{username} may not do {permission}, so no token of his may.")
    advice = _("Leave it out, or have the role granted first.")


@dataclass(eq=False)
class PermissionUnknown(Invalid):
    permission: str
    code = "permission_unknown"
    message = _("There is no permission {permission}.")
    advice = _("See docs/permissions.md for what there is.")


@dataclass(eq=False)
class NoAlarm(Conflict):
    username: str
    code = "no_alarm"
    message = _("{username} has raised no alarm.")
    advice = _("There is nothing to acknowledge.")


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


class ApprovedByOneself(Forbidden):
    code = "approved_by_oneself"
    message = _("Nobody decides on his own request.")
    advice = _("Ask another holder of the role security.")
