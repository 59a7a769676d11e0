"""`workfleet server …`: the commands that run beside the database; the only ones that may."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click
from sqlalchemy.orm import Session

from cli.context import App, pass_app
from cli.doctor import Finding, adb, found, recipients, show
from cli.founding import (
    IDENTITY,
    ClockBehind,
    DatabaseInUse,
    TablesOld,
    check_recipient,
    furnish,
    made_beside,
    refuse_used,
)
from cli.output import text_of
from cli.profiles import Profile, keep, read_profiles
from cli.prompts import at_terminal, hidden
from cli.speaking import argument, group, option
from fleet.access.errors import PasswordTooShort
from fleet.access.services import SHORTEST_PASSWORD
from fleet.contracts.words import _, say
from fleet.database import make_engine, make_sessions
from fleet.settings import Settings, load
from fleet.vault.keyring import Keyring

URL: Final = "http://127.0.0.1:8640"
PROFILE: Final = "local"
PROBE: Final = "doctor/probe"  # an object that is written and removed again
HOME = option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder of the server; WORKFLEET_HOME, or the user's own when left out."),
)


@group(_("Make, run and mend the server itself."))
def server() -> None:
    pass


def home_of(given: Path | None) -> Path:
    from platformdirs import user_data_path

    named = os.environ.get("WORKFLEET_HOME")
    place = given or (
        Path(named) if named else user_data_path("workfleet", appauthor=False) / "server"
    )
    return place.absolute()


@server.command(help=_("Make a server: folder, keys, database, administrator, and your profile."))
@HOME
@option("--admin", default="admin", show_default=True, help=_("User name of the administrator."))
@option("--admin-password-file", type=click.File(encoding="utf-8"), help=_("First line of it."))
@option("--recipient", "recipients", multiple=True, help=_("The company's own age recipient."))
@option("--url", default=URL, show_default=True, help=_("Address written into your profile."))
@option("--database", default="", metavar="URL", help=_("PostgreSQL, instead of a file."))
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
    storage: str,
) -> None:
    place = home_of(home)
    refuse_used(place)
    read_profiles()  # a damaged file is refused before anything is made
    for recipient in recipients:
        check_recipient(recipient)
    password = _password(admin_password_file)
    with made_beside(place) as folder:
        own = furnish(folder, recipients, {"database_url": database, "storage_url": storage})
        Keyring.create(load(folder).key_path)
        token = _fill_database(load(folder), admin, password)
    _keep_profile(app, url, token)
    _tell(app, place, admin, url, own_identity=own)


def _password(file: IO[str] | None) -> str | None:
    """Return the administrator's password; None where nobody gives one: the token works then."""
    if file is None and not at_terminal():
        return None
    return _long_enough(hidden(_("Password of the administrator"), file=file, twice=True))


def _long_enough(password: str) -> str:
    """Refuse a short password before anything is made."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(least=SHORTEST_PASSWORD)
    return password


def _fill_database(settings: Settings, admin: str, password: str | None) -> str:
    """Bring up the tables and the administrator, and return his token."""
    from fleet.access.actor import SYSTEM
    from fleet.access.queries import users
    from fleet.access.services import make_token, make_user
    from fleet.contracts.access import Role
    from migrations import upgrade

    upgrade(settings.database)
    with _session(settings) as session:
        if users(session):
            raise DatabaseInUse
        user = make_user(
            session,
            username=admin,
            name=admin,
            password=password,
            role=Role.ADMINISTRATOR,
            actor=SYSTEM,
        )
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


@server.command(help=_("Run the server until Ctrl-C."))
@HOME
@option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen at."))
@option("--port", type=int, default=8640, show_default=True, help=_("Port to listen at."))
@option("--processes", type=int, default=1, show_default=True, help=_("Processes that serve."))
@option("--certificate", type=click.Path(path_type=Path, exists=True), help=_("For TLS, PEM."))
@option("--key", type=click.Path(path_type=Path, exists=True), help=_("Its key, PKCS#8."))
@pass_app
def serve(
    app: App,
    home: Path | None,
    host: str,
    port: int,
    processes: int,
    certificate: Path | None,
    key: Path | None,
) -> None:
    from api.serve import Serving
    from api.serve import serve as run

    if (certificate is None) != (key is None):
        raise click.UsageError(say("--certificate and --key belong together."))
    place = home_of(home)
    serving = Serving(place, host, port, processes, certificate=certificate, key=key)
    _refuse_old_tables(load(place))
    app.say(_("Serving {home} at {url}; Ctrl-C ends it."), home=place, url=serving.url)
    run(serving)
    app.say(_("The server has ended."))


def _refuse_old_tables(settings: Settings) -> None:
    from migrations import current, newest

    found, needed = current(settings.database), newest()
    if found != needed:
        raise TablesOld(found=str(found), needed=str(needed))


@server.command(help=_("Bring the database to the revision this software needs."))
@HOME
@pass_app
def upgrade(app: App, home: Path | None) -> None:
    from migrations import current, newest
    from migrations import upgrade as bring

    settings = load(home_of(home))
    before = current(settings.database)
    bring(settings.database)
    if before == newest():
        app.say(_("The database is at the newest revision already ({revision})."), revision=before)
    else:
        app.say(_("The database went from {old} to {new}."), old=before, new=newest())


@server.command("set-password", help=_("Give a user a new password; his logins end."))
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
    _store_password(settings, username, _long_enough(given))
    app.say(_("{username} has a new password; earlier logins have ended."), username=username)


def _store_password(settings: Settings, username: str, password: str) -> None:
    from fleet.access import services
    from fleet.access.actor import SYSTEM
    from fleet.access.queries import user_named

    with _session(settings) as session:
        user = user_named(session, username)
        services.set_password(session, user, password=password, actor=SYSTEM)


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    """Give a session on the server's database that is committed when the block ends well."""
    engine = make_engine(settings.database)
    try:
        with make_sessions(engine).begin() as session:
            yield session
    finally:
        engine.dispose()


@server.command(help=_("Look whether everything the server needs is well, part by part."))
@HOME
@click.pass_context
def doctor(ctx: click.Context, home: Path | None) -> None:
    app: App = ctx.obj
    ctx.exit(show(app, _findings(home_of(home))))


def _findings(home: Path) -> Iterator[Finding]:
    folder = found(say("folder"), lambda: say("{home}", home=load(home).home))
    yield folder
    if folder.ok:
        settings = load(home)
        yield found(say("key of the vault"), lambda: _key(settings))
        yield found(say("database"), lambda: _tables(settings))
        yield found(say("storage"), lambda: _storage(settings))
        yield recipients(settings.recipients, home / IDENTITY)
        yield found(say("clock"), lambda: _clock(settings))
    yield found("adb", adb)


def _key(settings: Settings) -> str:
    return say("key {id} opens it.", id=Keyring.load(settings.key_path).active)


def _tables(settings: Settings) -> str:
    _refuse_old_tables(settings)
    return say("at the newest revision.")


def _storage(settings: Settings) -> str:
    """Write and remove an object where backups are kept, a local folder or an outside store."""
    import obstore

    from fleet.backups.storage import storage_of

    store = storage_of(settings).store
    obstore.put(store, PROBE, b"workfleet")
    obstore.delete(store, PROBE)
    return say("it can be written.")


def _clock(settings: Settings) -> str:
    """Compare with the newest entry of the trail: time must not run backwards."""
    from sqlalchemy import func, select

    from fleet.audit.models import AuditEntry
    from fleet.contracts.clock import now

    with _session(settings) as session:
        newest = session.scalar(select(func.max(AuditEntry.at)))
    if newest is not None and newest > now():
        raise ClockBehind(now=text_of(now()), newest=text_of(newest))
    return text_of(now())
