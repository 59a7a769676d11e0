"""`workfleet server set-password`: for whoever cannot log in any more."""

from pathlib import Path
from typing import IO

import click

from cli.context import App, pass_app
from cli.prompts import hidden
from cli.server.place import HOME, home_of, session_on
from cli.speaking import argument, command, option
from fleet.access.passwords import check_password
from fleet.access.policy import default_policy
from fleet.contracts.words import _
from fleet.settings import Settings, load


@command(_("Give a user a new password; his logins end."), name="set-password")
@argument("username")
@HOME
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@pass_app
def set_password(
    app: App,
    username: str,
    home: Path | None,
    password_file: IO[str] | None,
    *,
    password_stdin: bool,
) -> None:
    settings = load(home_of(home))
    given = hidden(_("Password"), file=password_file, from_stdin=password_stdin, twice=True)
    _store_password(settings, username, given)
    app.say(_("{username} has a new password; earlier logins have ended."), username=username)


def _store_password(settings: Settings, username: str, password: str) -> None:
    from fleet.access import services
    from fleet.access.actor import SYSTEM
    from fleet.access.queries import user_named

    with session_on(settings) as session:
        user = user_named(session, username)
        services.set_password(session, user, password=password, actor=SYSTEM)


def acceptable(password: str) -> str:
    """Refuse, before anything is made, what the policy of a new server does not allow."""
    check_password(default_policy(), password)
    return password
