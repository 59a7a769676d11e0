"""Which backup is meant: one that the server knows, or one found in a folder of objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from agents.station.backup.opening import read_identities
from agents.station.backup.restoring.objects import Found, FromFolder, Looked, Objects, Trust
from agents.station.backup.restoring.origins import FromServer, Origin
from cli.context import App
from cli.labels import label
from cli.output import Column
from cli.refusals import BackupsAmbiguous, BackupsNone
from fleet.contracts.openings import OpeningQuery, OpeningState
from fleet.contracts.restores import RestoreIn, RestoreOut
from fleet.contracts.wire import Moment, Shown
from fleet.contracts.words import _, say

Record = Callable[[RestoreIn], RestoreOut]
SHORT = 12  # letters of a digest or a key that a person compares


@dataclass(frozen=True)
class Chosen:
    """A backup to restore; `record` tells the server, where there is one.

    `signed` is false where the signatures beside it are wrong.
    """

    origin: Origin
    name: str
    phone: str
    signed: bool = True
    record: Record | None = None
    close: Callable[[], None] | None = None  # the opening that was used


class FoundOut(Shown):
    """A backup in a folder of objects, and whose signatures are beside it."""

    backup: str
    phone: str
    build: str
    started_at: Moment
    ended_at: Moment
    files: int
    packs: int
    trust: str
    station: str
    station_key: str
    server_key: str
    index: str


@dataclass(frozen=True)
class Named:
    """A backup as the command line names it: at the server, or `objects`, a copy of the storage."""

    reference: str | None
    objects: Path | None
    serial: str | None
    chosen: str | None
    server_key: str | None


def meant(app: App, named: Named, identity: Path) -> Chosen:
    """Return the backup that is meant; refuses to guess between a server and a folder."""
    if named.objects is not None:
        return from_folder(app, named, named.objects, identity)
    if named.reference is None or named.serial or named.chosen or named.server_key:
        raise click.UsageError(say("Name a backup, or a folder with --from."))
    return from_server(app, named.reference)


def from_server(app: App, reference: str) -> Chosen:
    one = app.client.backup(reference)
    return Chosen(
        FromServer(app.client, one),
        one.number,
        one.device,
        record=lambda told: app.client.record_restore(one.id, told),
        close=lambda: close_after(app, one.number),
    )


def close_after(app: App, number: str) -> None:
    """End the opening that was used: everything is there, and nothing more is fetched under it."""
    query = OpeningQuery(backup=number, state=OpeningState.APPROVED, mine=True)
    for used in app.client.openings(query).items:
        app.client.close_opening(used.number)
        app.say(_("The opening {number} is closed."), number=used.number)


def from_folder(app: App, named: Named, folder: Path, identity: Path) -> Chosen:
    looked = _looked(app, folder, identity)
    found = _one_of(_of(looked.found, named.serial), named.chosen or named.reference)
    _say_trust(app, found)
    key = named.server_key
    by_it = not key or (found.trust is Trust.BOTH and _server_key(found) == key)
    if not by_it:
        app.warn(_("The server whose key was given has not signed it."))
    return Chosen(
        FromFolder(Objects(folder), found),
        found.head.backup,
        found.head.serial,
        signed=by_it and found.trust is not Trust.WRONG,
    )


def _server_key(found: Found) -> str:
    return found.seal.server_key if found.seal else ""


def show_backups(app: App, folder: Path, identity: Path, serial: str | None) -> int:
    """Show what is in a folder of objects, the newest first."""
    looked = _looked(app, folder, identity)
    columns = (
        Column(_("Backup"), lambda one: one.backup),
        Column(_("Phone"), lambda one: one.phone),
        Column(_("Began"), lambda one: one.started_at),
        Column(_("Files"), lambda one: one.files, right=True),
        Column(_("Packs"), lambda one: one.packs, right=True),
        Column(_("Signatures"), lambda one: label(one.trust)),
        Column(_("Station"), lambda one: one.station, spare=True),
        Column(_("Station's key"), lambda one: one.station_key[:SHORT], spare=True),
        Column(_("Server's key"), lambda one: one.server_key[:SHORT], spare=True),
    )
    rows = [_shown(one) for one in _of(looked.found, serial)]
    app.table(rows, columns, empty=_("No backup in it opens with this identity."))
    return 0


def _looked(app: App, folder: Path, identity: Path) -> Looked:
    looked = Objects(folder).backups(read_identities(identity), identity)
    if looked.closed:
        app.warn(_("{count} backups are sealed to other keys."), count=looked.closed)
    for digest in looked.damaged:
        app.warn(_("The list of names {digest} is damaged."), digest=digest[:SHORT])
    return looked


def _of(found: Sequence[Found], serial: str | None) -> list[Found]:
    return [one for one in found if serial in {None, one.head.serial}]


def _one_of(found: Sequence[Found], wanted: str | None) -> Found:
    """Return the backup with that id, or the newest of the one phone that there is.

    Of several, one that the server found complete comes before a newer one that it did not.
    """
    if wanted is not None:
        found = [one for one in found if one.head.backup.startswith(wanted)]
    if not found:
        raise BackupsNone
    named = {one.head.backup for one in found} if wanted else {one.head.serial for one in found}
    if len(named) > 1:
        raise BackupsAmbiguous(among=tuple(sorted(named)))
    return next((one for one in found if one.trust is Trust.BOTH), found[0])


def _say_trust(app: App, found: Found) -> None:
    shown = _shown(found)
    told: dict[str, Any] = {
        "backup": shown.backup,
        "phone": shown.phone,
        "at": shown.started_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        "station": shown.station or "—",
        "key": shown.station_key[:SHORT],
        "server": shown.server_key[:SHORT],
    }
    tell = app.say if shown.trust == "signed_by_both" else app.warn
    tell(_TRUST[shown.trust], **told)


_TRUST = {
    "signed_by_both": _(
        "{backup} of {phone}, {at}: signed by station {station} (key {key}…) and, as complete, by "
        "the server (key {server}…)."
    ),
    "signed_by_station": _(
        "{backup} of {phone}, {at}: signed by a station (key {key}…), not by a server."
    ),
    "signed_by_nobody": _(
        "{backup} of {phone}, {at}: nobody has signed it; whether it is complete is not known."
    ),
    "signed_wrongly": _("{backup} of {phone}, {at}: the signatures beside it are not of it."),
}


def _shown(found: Found) -> FoundOut:
    head, seal = found.head, found.seal
    return FoundOut(
        backup=head.backup,
        phone=head.serial,
        build=head.build,
        started_at=head.started_at,
        ended_at=head.ended_at,
        files=head.listed,
        packs=len(head.packs),
        trust=found.trust.value,
        station=seal.station if seal else "",
        station_key=seal.station_key if seal else "",
        server_key=_server_key(found),
        index=found.index,
    )
