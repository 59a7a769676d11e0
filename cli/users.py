"""`workfleet user …`: people who work with this software, and the roles they are granted."""

from datetime import datetime
from typing import IO

import click

from cli.context import App, pass_app
from cli.labels import label, roles
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.prompts import hidden
from cli.speaking import argument, group, option
from fleet.contracts.access import GrantIn, NewPasswordIn, RevokeIn, Role, UserIn, UserQuery
from fleet.contracts.words import _

ROLES = click.Choice([role.value for role in Role])
DEPARTMENT = option("--department", metavar="CODE", help=_("The role ends at this subtree."))


@group(_("People who work with this software."))
def user() -> None:
    pass


user.add_command(
    list_command(
        Listing(
            help=_("List users."),
            query=UserQuery,
            fetch=lambda client, query: client.users(query),
            columns=(
                Column(_("User name"), lambda one: one.username),
                Column(_("Name"), lambda one: one.name),
                Column(_("Roles"), lambda one: roles(one.roles)),
                Column(_("Employee"), lambda one: one.employee, spare=True),
                Column(_("Second factor"), lambda one: "✓" if one.second_factor else None),
                Column(_("Shut out"), lambda one: None if one.active else "✓", spare=True),
            ),
            empty=_("There is no user."),
            filters={"role": _("Only those who hold this role now.")},
        )
    )
)


@user.command(help=_("Show a user, and every role he was ever granted."))
@argument("username")
@pass_app
def show(app: App, username: str) -> None:
    columns = (
        Column(_("Role"), lambda one: label(one.role)),
        Column(_("Department"), lambda one: one.department),
        Column(_("Granted"), lambda one: one.granted_at),
        Column(_("Granted by"), lambda one: one.granted_by),
        Column(_("Reason"), lambda one: one.reason),
        Column(_("Ends"), lambda one: one.ended_at or one.expires_at),
        Column(_("Grant"), lambda one: one.id),
    )
    app.table(app.client.grants(username).items, columns, empty=_("No role was ever granted."))


@user.command(help=_("Let a person in."))
@argument("username")
@option("--name", required=True, help=_("Name, as people say it."))
@option("--role", type=ROLES, help=_("What he may do; more is granted with `user grant`."))
@DEPARTMENT
@option("--employee", metavar="NUMBER", help=_("Who this is among the holders."))
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@option("--no-password", is_flag=True, help=_("For a program: tokens are made in its name."))
@pass_app
def add(
    app: App,
    username: str,
    name: str,
    role: str | None,
    department: str | None,
    employee: str | None,
    password_file: IO[str] | None,
    *,
    password_stdin: bool,
    no_password: bool,
) -> None:
    password = None
    if not no_password:
        password = hidden(_("Password"), file=password_file, from_stdin=password_stdin, twice=True)
    given = {
        "username": username,
        "name": name,
        "role": role,
        "department": department,
        "employee": employee,
        "password": password,
    }
    made = app.client.add_user(UserIn.model_validate(given))
    text = _("{name} ({username}) may log in now, as {role}, and changes the password first.")
    if no_password:
        text = _("{name} ({username}) is {role}: `workfleet token make … --user {username}`.")
    app.answer(made, text, name=made.name, username=made.username, role=roles(made.roles))


@user.command(help=_("Grant a role to a user."))
@argument("username")
@argument("role", type=ROLES)
@WHY
@DEPARTMENT
@option("--until", type=click.DateTime(), help=_("The role ends by itself then."))
@pass_app
def grant(
    app: App,
    username: str,
    role: str,
    reason: str,
    department: str | None,
    until: datetime | None,
) -> None:
    ends = until.astimezone() if until else None
    body = GrantIn(role=Role(role), reason=reason, department=department, expires_at=ends)
    made = app.client.grant(username, body)
    app.answer(made, _("{username} is {role} now."), username=username, role=label(made.role))


@user.command(help=_("Take a role back; `user show` names the grant."))
@argument("grant_id", metavar="GRANT")
@WHY
@pass_app
def withdraw(app: App, grant_id: str, reason: str) -> None:
    ended = app.client.withdraw(grant_id, RevokeIn(reason=reason))
    text = _("{username} is not {role} any more.")
    app.answer(ended, text, username=ended.username, role=label(ended.role))


@user.command("shut-out", help=_("Take a user's access away, at once."))
@argument("username")
@WHY
@pass_app
def shut_out(app: App, username: str, reason: str) -> None:
    done = app.client.shut_out(username, RevokeIn(reason=reason))
    app.answer(done, _("{username} is shut out."), username=username)


@user.command("let-in", help=_("Give a user's access back."))
@argument("username")
@WHY
@pass_app
def let_in(app: App, username: str, reason: str) -> None:
    done = app.client.let_in_again(username, RevokeIn(reason=reason))
    app.answer(done, _("{username} may log in again."), username=username)


@user.command(help=_("Forget wrong passwords, so that a user need not wait."))
@argument("username")
@pass_app
def unlock(app: App, username: str) -> None:
    app.answer(app.client.unlock(username), _("{username} need not wait."), username=username)


@user.command("set-password", help=_("Give a user a password that he has to change."))
@argument("username")
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@pass_app
def set_password(
    app: App, username: str, password_file: IO[str] | None, *, password_stdin: bool
) -> None:
    given = hidden(_("Password"), file=password_file, from_stdin=password_stdin, twice=True)
    body = NewPasswordIn.model_validate({"password": given})
    done = app.client.set_password(username, body)
    app.answer(done, _("{username} has a new password, and changes it first."), username=username)


@user.command("remove-second-factor", help=_("For somebody who lost his app and his codes."))
@argument("username")
@WHY
@pass_app
def remove_second_factor(app: App, username: str, reason: str) -> None:
    done = app.client.take_second_factor(username, RevokeIn(reason=reason))
    app.answer(done, _("{username} has no second factor now."), username=username)


@user.command(help=_("Note that the use of the account in the safe was looked into."))
@argument("username")
@WHY
@pass_app
def acknowledge(app: App, username: str, reason: str) -> None:
    done = app.client.acknowledge(username, RevokeIn(reason=reason))
    app.answer(done, _("The alarm of {username} is acknowledged."), username=username)
