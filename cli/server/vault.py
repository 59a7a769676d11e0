"""`workfleet vault …`: the keys of the vault, beside the database."""

import getpass
from collections import Counter
from pathlib import Path
from typing import Final

import click
from sqlalchemy.orm import Session, sessionmaker

from cli.context import DRY_RUN, YES, App, pass_app
from cli.exits import NOT_SO
from cli.server.place import HOME, home_of, sessions_on
from cli.speaking import group, option
from fleet.access.actor import SYSTEM, Actor
from fleet.contracts.clock import now
from fleet.contracts.words import _, say
from fleet.keys.errors import KeyInUse, KeysElsewhere, KeyTooFresh
from fleet.keys.files import read_keys, replace_keys
from fleet.keys.keyring import Keyring, key_id
from fleet.keys.sources import is_file, load_keyring, source_of
from fleet.settings import Settings, load
from fleet.vault.rekeying import check_all, remaining, rewrap_all, used_keys

# A request that began with the old keys has long ended by then; see docs/decisions/0014.
SETTLED_MINUTES: Final = 10
ROUNDS: Final = 5


@group(_("The keys of the vault on this machine."))
def vault() -> None:
    pass


@vault.command(help=_("Add a key and wrap every secret with it, while the server runs."))
@HOME
@option("--retire-old", is_flag=True, help=_("Remove the keys that nothing needs any more."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def rekey(app: App, home: Path | None, *, retire_old: bool, dry_run: bool, yes: bool) -> None:
    settings = load(home_of(home))
    with sessions_on(settings) as sessions:
        if retire_old:
            _retire(app, settings, sessions, dry_run=dry_run, yes=yes)
        else:
            _rekey(app, settings, sessions, dry_run=dry_run, yes=yes)


def _rekey(
    app: App, settings: Settings, sessions: sessionmaker[Session], *, dry_run: bool, yes: bool
) -> None:
    keyring = load_keyring(settings)
    with sessions() as session:
        left = remaining(session, keyring)
        used = used_keys(session)
    adds = not left and is_file(settings)
    if dry_run:
        _say_plan(app, settings, left or used.total(), adds=adds)
        return
    if adds:
        text = _("A new key is added to {path}, and {count} secrets are wrapped with it.")
        app.confirm(text, yes=yes, path=settings.key_path, count=used.total())
        Keyring.add_key(settings.key_path)
        keyring = load_keyring(settings)
    elif not left:
        raise KeysElsewhere(source=source_of(settings))
    _until_none_is_left(app, sessions, keyring)


def _say_plan(app: App, settings: Settings, count: int, *, adds: bool) -> None:
    if adds:
        text = _("A new key would be added to {path}, and {count} secrets wrapped with it.")
        app.say(text, path=settings.key_path, count=count)
    else:
        app.say(_("{count} secrets would be wrapped with the newest key."), count=count)


def _until_none_is_left(app: App, sessions: sessionmaker[Session], keyring: Keyring) -> None:
    """Go over it until nothing is left: a server may have sealed with the old key meanwhile."""
    for _round in range(ROUNDS):
        shut = 0
        for progress in rewrap_all(sessions, keyring, actor=who_sits_here()):
            app.say(
                _("{done} secrets are wrapped with {key}."), done=progress.done, key=keyring.active
            )
            shut = progress.shut
        with sessions() as session:
            left = remaining(session, keyring)
        if left <= shut:
            break
    if left:
        text = _("! {count} secrets do not open; they were left as they are: workfleet vault check")
        app.say(text, count=left)
        raise click.exceptions.Exit(NOT_SO)
    app.say(
        _("Every secret opens with {key} now. Keep a copy of it in a safe."), key=keyring.active
    )


def _retire(
    app: App, settings: Settings, sessions: sessionmaker[Session], *, dry_run: bool, yes: bool
) -> None:
    if not is_file(settings):
        raise KeysElsewhere(source=source_of(settings))
    keys = read_keys(settings.key_path)
    names = [key_id(key) for key in keys[:-1]]
    with sessions() as session:
        used = used_keys(session)
    _refuse_needed(settings, names, used)
    if not names:
        app.say(_("There is one key only, and it is in use."))
        return
    text = _("These keys open nothing any more and are removed from {path}: {keys}")
    if dry_run:
        app.say(text, path=settings.key_path, keys=", ".join(names))
        return
    app.confirm(text, yes=yes, path=settings.key_path, keys=", ".join(names))
    replace_keys(settings.key_path, keys[-1:])
    app.say(_("One key is left: {key}."), key=key_id(keys[-1]))


def _refuse_needed(settings: Settings, names: list[str], used: "Counter[str]") -> None:
    for name in names:
        if used[name]:
            raise KeyInUse(key=name, count=used[name])
    age = now().timestamp() - settings.key_path.stat().st_mtime
    if names and age < SETTLED_MINUTES * 60:
        raise KeyTooFresh(minutes=SETTLED_MINUTES)


@vault.command(help=_("Open every secret and forget it again: does all of it open?"))
@HOME
@click.pass_context
def check(ctx: click.Context, home: Path | None) -> None:
    app: App = ctx.obj
    settings = load(home_of(home))
    keyring = load_keyring(settings)
    with sessions_on(settings) as sessions, sessions() as session:
        found = check_all(session, keyring)
    for key, count in sorted(found.by_key.items()):
        app.say(_("{count} secrets of {key}"), count=count, key=key)
    for name in found.shut:
        app.say(_("✗ {what} does not open"), what=name)
    if found.shut:
        ctx.exit(NOT_SO)
    app.say(_("All {count} secrets open."), count=found.checked)


def who_sits_here() -> Actor:
    """Return the software itself, on behalf of whoever sits at the machine."""
    try:
        return SYSTEM.named(getpass.getuser())
    except (KeyError, OSError):
        return SYSTEM.named(say("somebody at the server"))
