"""`workfleet server init`: a folder, keys, a database, its first administrator."""

from pathlib import Path
from typing import IO, Final

import click

from cli.context import App, pass_app
from cli.profiles import Profile, keep, read_profiles
from cli.prompts import at_terminal, hidden
from cli.server.founding import (
    IDENTITY,
    DatabaseInUse,
    check_recipient,
    furnish,
    made_beside,
    refuse_used,
)
from cli.server.passwords import acceptable
from cli.server.place import HOME, home_of, session_on
from cli.speaking import command, option
from fleet.contracts.words import _, say
from fleet.keys.keyring import Keyring
from fleet.settings import Settings, load

URL: Final = "http://127.0.0.1:8640"
PROFILE: Final = "local"
# Whoever makes a server can do everything, until others share it.
FOUNDERS_ROLES: Final = ("administrator", "security", "auditor", "operator")


@command(_("Make a server: folder, keys, database, administrator, and your profile."))
@HOME
@option("--admin", default="admin", show_default=True, help=_("User name of the administrator."))
@option("--admin-password-file", type=click.File(encoding="utf-8"), help=_("First line of it."))
@option("--recipient", "recipients", multiple=True, help=_("The company's own age recipient."))
@option("--url", default=URL, show_default=True, help=_("Address written into your profile."))
@option("--database", default="", metavar="URL", help=_("PostgreSQL, instead of a file."))
@option(
    "--cipher",
    type=click.Choice(["aes-256-gcm", "sm4-gcm"]),
    default="aes-256-gcm",
    show_default=True,
    help=_("What secrets are sealed with."),
)
@option("--storage", default="", metavar="URL", help=_("S3-compatible store, instead of a folder."))
@pass_app
def init(
    app: App,
    home: Path | None,
    admin: str,
    admin_password_file: IO[str] | None,
    recipients: tuple[str, ...],
    url: str,
    database: str,
    cipher: str,
    storage: str,
) -> None:
    place = home_of(home)
    refuse_used(place)
    read_profiles()  # a damaged file is refused before anything is made
    for recipient in recipients:
        check_recipient(recipient)
    password = _password(admin_password_file)
    with made_beside(place) as folder:
        places = {"database_url": database, "storage_url": storage, "cipher": cipher}
        own = furnish(folder, recipients, places)
        Keyring.create(load(folder).key_path)
        token = _fill_database(load(folder), admin, password)
    _keep_profile(app, url, token)
    _tell(app, place, admin, url, own_identity=own)


def _password(file: IO[str] | None) -> str | None:
    """Return the administrator's password; None where nobody gives one: the token works then."""
    if file is None and not at_terminal():
        return None
    return acceptable(hidden(_("Password of the administrator"), file=file, twice=True))


def _fill_database(settings: Settings, admin: str, password: str | None) -> str:
    """Bring up the tables and the administrator, and return his token."""
    from fleet.access.actor import SYSTEM
    from fleet.access.granting import grant_role
    from fleet.access.queries import is_empty
    from fleet.access.services import make_user
    from fleet.access.tokens import make_token
    from fleet.contracts.access import Role
    from migrations import upgrade

    upgrade(settings.database)
    with session_on(settings) as session:
        if not is_empty(session):
            raise DatabaseInUse
        user = make_user(session, username=admin, name=admin, password=password, actor=SYSTEM)
        for role in FOUNDERS_ROLES:
            grant_role(session, user, Role(role), reason=say("made this server"), actor=SYSTEM)
        return make_token(session, user=user, label="server init", actor=SYSTEM)[0]


def _keep_profile(app: App, url: str, token: str) -> None:
    keep(Profile(name=app.profile_name or PROFILE, server=url, token=token))


def _tell(app: App, home: Path, admin: str, url: str, *, own_identity: bool) -> None:
    app.say(_("A server is in {home}; {admin} is its administrator."), home=home, admin=admin)
    if own_identity:
        app.say(
            _("! {path} opens every backup: move it into a safe now. It must not stay here."),
            path=home / IDENTITY,
        )
    app.say(
        _("Without {key} no stored secret opens: keep a copy of it in a safe."), key=home / "keys"
    )
    app.say(_("Start it: workfleet server serve   (your commands go to {url})"), url=url)
