"""`workfleet user …`: people who work with this software."""

from typing import IO

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.output import Column
from cli.prompts import hidden
from cli.speaking import argument, group, option
from fleet.contracts.access import Role, UserIn
from fleet.contracts.words import _

ROLES = click.Choice([role.value for role in Role])


@group(_("People who work with this software."))
def user() -> None:
    pass


@user.command("list", help=_("List users."))
@pass_app
def list_(app: App) -> None:
    columns = (
        Column(_("User name"), lambda one: one.username),
        Column(_("Name"), lambda one: one.name),
        Column(_("Role"), lambda one: label(one.role)),
    )
    app.table(app.client.users().items, columns, empty=_("There is no user."))


@user.command(help=_("Let a person in."))
@argument("username")
@option("--name", required=True, help=_("Name, as people say it."))
@option("--role", type=ROLES, default="operator", show_default=True, help=_("What he may do."))
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@pass_app
def add(
    app: App,
    username: str,
    name: str,
    role: str,
    password_file: IO[str] | None,
    *,
    password_stdin: bool,
) -> None:
    password = hidden(_("Password"), file=password_file, from_stdin=password_stdin, twice=True)
    body = {"username": username, "name": name, "role": role, "password": password}
    made = app.client.add_user(UserIn.model_validate(body))
    text = _("{name} ({username}) may log in now, as {role}.")
    app.answer(made, text, name=made.name, username=made.username, role=label(made.role))
