"""`workfleet login`, `logout` and `whoami`."""

from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from cli.context import App, pass_app
from cli.labels import roles
from cli.prompts import at_terminal, hidden
from cli.speaking import command, option
from cli.trust import CA, FINGERPRINT, INSECURE, authority_of, warn_if_plain
from fleet.contracts.access import FirstThing
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from api.client import Client
    from fleet.contracts.access import TokenOut

FIRST: Final = {
    FirstThing.PASSWORD: _("! Somebody else chose this password: first `workfleet password`."),
    FirstThing.SECOND_FACTOR: _(
        "! A second factor is demanded here: first `workfleet second-factor set-up`."
    ),
}


@command(_("Log in at a server; the token is kept in a file that only you can read."))
@option("--server", metavar="URL", help=_("Address of the server."))
@option("--username", metavar="NAME", help=_("Asked when left out."))
@option("--password-file", type=click.File(encoding="utf-8"), help=_("First line of this file."))
@option("--password-stdin", is_flag=True, help=_("First line of standard input."))
@option("--code-stdin", is_flag=True, help=_("The second factor's code: next line of it."))
@CA
@FINGERPRINT
@INSECURE
@pass_app
def login(
    app: App,
    server: str | None,
    username: str | None,
    password_file: IO[str] | None,
    ca: Path | None,
    fingerprint: str | None,
    *,
    password_stdin: bool,
    code_stdin: bool,
    insecure: bool,
) -> None:
    from cli.profiles import DEFAULT, Profile, keep, read_profiles

    known = read_profiles()
    before = known.get(app.profile_name)
    name = app.profile_name or known.current or DEFAULT
    address = server or app.server or (before.server if before else _asked(_("Server")))
    kept = before if before and before.server == address else None
    profile = Profile(
        name=name,
        server=address,
        authority=authority_of(address, ca, fingerprint) or (kept.authority if kept else None),
        insecure=insecure or (kept.insecure if kept else False),
    )
    warn_if_plain(app, address, insecure=profile.insecure)
    user = username or _asked(_("User name"))
    password = hidden(_("Password"), file=password_file, from_stdin=password_stdin)
    given = {"username": user, "password": password}
    if code_stdin:
        given["code"] = hidden(_("Code of your app"), file=None, from_stdin=True)
    with app.connect(profile) as client:
        token = _logged_in(client, given)
    keep(replace(profile, token=token.token))
    app.say(
        _("Logged in at {server} as {name} ({role}); profile {profile}."),
        server=address,
        name=token.username,
        role=roles(token.roles),
        profile=name,
    )
    if token.first:
        app.say(FIRST[token.first])


def _logged_in(client: "Client", given: dict[str, str]) -> "TokenOut":
    """Log in, and ask for the code when the server says that one is needed."""
    from api.client import Refused
    from fleet.contracts.access import LoginIn

    try:
        return client.login(LoginIn.model_validate(given))
    except Refused as refusal:
        if refusal.code != "second_factor_needed" or "code" in given or not at_terminal():
            raise
    code = _asked(_("Code of your app, or a recovery code"))
    return client.login(LoginIn.model_validate({**given, "code": code}))


def _asked(name: str) -> str:
    if not at_terminal():
        raise click.UsageError(say("{what} was not given.", what=say(name)))
    typed: str = click.prompt(say(name), err=True)
    return typed


@command(_("End the session at the server, and forget the token on this machine."))
@pass_app
def logout(app: App) -> None:
    from api.client import Refused, ServerUnreachable
    from cli.profiles import read_profiles, write_profiles

    profile = app.profile
    if profile.token:
        try:
            app.client.logout()
        except (Refused, ServerUnreachable) as refusal:
            app.say(_("! The server did not end it: {reason}"), reason=str(refusal))
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
