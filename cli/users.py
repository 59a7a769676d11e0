"""`workfleet user …`: people who work with this software, and the roles they are granted."""

from datetime import datetime
from typing import IO

import click

from cli.context import App, pass_app
from cli.labels import label, roles
from cli.output import Column, local
from cli.prompts import hidden
from cli.speaking import argument, group, option
from fleet.contracts.access import GrantIn, RevokeIn, Role, UserIn
from fleet.contracts.words import _

ROLES = click.Choice([role.value for role in Role])
WHY = option("--reason", required=True, help=_("Kept in the trail."))
DEPARTMENT = option("--department", metavar="CODE", help=_("The role ends at this subtree."))


@group(_("People who work with this software."))
def user() -> None:
    pass


@user.command("list", help=_("List users."))
@pass_app
def list_(app: App) -> None:
    columns = (
        Column(_("User name"), lambda one: one.username),
        Column(_("Name"), lambda one: one.name),
        Column(_("Roles"), lambda one: roles(one.roles)),
        Column(_("Employee"), lambda one: one.employee),
    )
    app.table(app.client.users().items, columns, empty=_("There is no user."))


@user.command(help=_("Show a user, and every role he was ever granted."))
@argument("username")
@pass_app
def show(app: App, username: str) -> None:
    columns = (
        Column(_("Role"), lambda one: label(one.role)),
        Column(_("Department"), lambda one: one.department),
        Column(_("Granted"), lambda one: local(one.granted_at)),
        Column(_("By"), lambda one: one.granted_by),
        Column(_("Reason"), lambda one: one.reason),
        Column(_("Ends"), lambda one: local(one.ended_at or one.expires_at)),
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
) -> None:
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
    text = _("{name} ({username}) may log in now, as {role}.")
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
