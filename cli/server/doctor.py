"""`workfleet server doctor`: part by part, whether the server has what it needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from cli.context import App
from cli.output import text_of
from cli.server.certificate import ends_at
from cli.server.findings import Finding, adb, found, recipients, show
from cli.server.founding import IDENTITY, CertificateEnds, ClockBehind
from cli.server.place import HOME, home_of, recipients_kept, session_on
from cli.server.tables import refuse_old_tables
from cli.speaking import command
from fleet.contracts.clock import now
from fleet.contracts.words import _, say
from fleet.keys.sources import load_keyring, source_of
from fleet.settings import Settings, load

PROBE: Final = "doctor/probe"  # an object that is written and removed again


@command(_("Look whether everything the server needs is well, part by part."))
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
        yield found(say("stored backups"), lambda: _stored(settings))
        if (settings.tls / "server.pem").is_file():
            yield found(say("certificate"), lambda: _certificate(settings))
        yield recipients(lambda: recipients_kept(settings), home / IDENTITY)
        yield found(say("clock"), lambda: _clock(settings))
    yield found("adb", adb)


def _key(settings: Settings) -> str:
    keyring = load_keyring(settings)
    return say(
        "key {id} from {source} opens it ({cipher}).",
        id=keyring.active,
        source=source_of(settings),
        cipher=keyring.cipher.name,
    )


def _tables(settings: Settings) -> str:
    refuse_old_tables(settings)
    return say("at the newest revision.")


def _storage(settings: Settings) -> str:
    """Write and remove an object where backups are kept, a local folder or an outside store."""
    from fleet.backups.storage import storage_of

    storage_of(settings).try_out(PROBE)
    return say("it can be written.")


def _stored(settings: Settings) -> str:
    """Say what the last look at everything that is stored has found."""
    from fleet.keeping.checking import last_look
    from fleet.keeping.errors import StoredBackupsWrong
    from fleet.keeping.faults import counted

    with session_on(settings) as session:
        objects, backups = counted(session)
        last = last_look(session)
    if objects:
        raise StoredBackupsWrong(objects=objects, backups=backups)
    if last is None:
        return say("nobody has looked at them yet.")
    return say("{count} objects, all well {when}.", count=last.objects, when=text_of(last.ended_at))


def _certificate(settings: Settings) -> str:
    ends = ends_at(settings.tls / "server.pem")
    if ends < now():
        raise CertificateEnds
    return say("it is valid for {days} more days.", days=(ends - now()).days)


def _clock(settings: Settings) -> str:
    """Compare with the newest entry of the trail: time must not run backwards."""
    from sqlalchemy import func, select

    from fleet.audit.models import AuditEntry

    with session_on(settings) as session:
        newest = session.scalar(select(func.max(AuditEntry.at)))
    if newest is not None and newest > now():
        raise ClockBehind(now=text_of(now()), newest=text_of(newest))
    return text_of(now())
