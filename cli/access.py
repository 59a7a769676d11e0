"""`workfleet login`, `logout` and `whoami`."""

from dataclasses import replace
from pathlib import Path
from typing import IO

import click

from cli.context import App, pass_app
from cli.labels import roles
from cli.prompts import at_terminal, hidden
from cli.speaking import command, option
from fleet.contracts.words import _, say


@command(_("Log in at a server; the token is kept in a file that only you can read."))
@option("--server", metavar="URL", help=_("Address of the server."))
@option("--username", metavar="NAME", help=_("Asked when left out."))
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Certificate of the company's own authority."),
)
@pass_app
def login(
    app: App,
    server: str | None,
    username: str | None,
    password_file: IO[str] | None,
    ca: Path | None,
    *,
    password_stdin: bool,
) -> None:
    from cli.profiles import DEFAULT, Profile, keep, read_profiles
    from fleet.contracts.access import LoginIn

    known = read_profiles()
    before = known.get(app.profile_name)
    name = app.profile_name or known.current or DEFAULT
    address = server or app.server or (before.server if before else _asked(_("Server")))
    authority = str(ca.resolve()) if ca else (before.ca if before else None)
    profile = Profile(name=name, server=address, ca=authority)
    user = username or _asked(_("User name"))
    password = hidden(_("Password"), file=password_file, from_stdin=password_stdin)
    body = LoginIn.model_validate({"username": user, "password": password})
    with app.connect(profile) as client:
        token = client.login(body)
    keep(replace(profile, token=token.token))
    app.say(
        _("Logged in at {server} as {name} ({role}); profile {profile}."),
        server=address,
        name=token.username,
        role=roles(token.roles),
        profile=name,
    )


def _asked(name: str) -> str:
    if not at_terminal():
        raise click.UsageError(say("{what} was not given.", what=say(name)))
    typed: str = click.prompt(say(name), err=True)
    return typed


@command(_("Forget the token on this machine; it ends by itself twelve hours after the login."))
@pass_app
def logout(app: App) -> None:
    from cli.profiles import read_profiles, write_profiles

    profile = app.profile
    profiles = read_profiles().with_profile(replace(profile, token=None))
    write_profiles(profiles)
    app.say(_("The token for {server} is gone from this machine."), server=profile.server)


@command(_("Show who is logged in, and where."))
@pass_app
def whoami(app: App) -> None:
    who = app.client.whoami()
    app.answer(
        who,
        _("{name} ({username}, {role}) at {server}"),
        name=who.name,
        username=who.username,
        role=roles(who.roles),
        server=app.profile.server,
    )
