"""`workfleet agent backup|kits`: backups that are begun at the station while the server is away."""

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from cli.amounts import amount
from cli.context import DRY_RUN, App, pass_app
from cli.output import Column
from cli.speaking import argument, command, option
from cli.stations import HOME, home_of
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from agents.station.backup.room import Room
    from agents.station.home import Home
    from agents.station.kits import Kept, Kits
    from agents.station.offers import Offers
    from agents.station.store import Store
    from fleet.contracts.offline import Kit

WITH_HOME = option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME)
ASKED = _(
    "{device}: asked. The agent begins when the phone is here, and says so; the server takes the "
    "backup over when it is back, and decides then what becomes of it."
)
WOULD = _("{device} ({size}) would be backed up here, and kept until the server is back.")
SERVER_SECONDS = 5.0


class OfflineBackup(BaseModel):
    """For which phone, and until when, a backup may be begun without the server."""

    device: str
    serial: str
    until: datetime
    due_at: datetime | None
    bytes: int | None
    state: str


@command(_("Back a phone up at this station while the server is away."))
@argument("phone", metavar="TAG or SERIAL")
@WITH_HOME
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def backup(app: App, phone: str, home: Path | None, *, dry_run: bool) -> None:
    from agents.station.beginning import fits, good
    from agents.station.home import open_home

    at = open_home(home_of(home))
    with _store(at) as store:
        known, offers = _parts(store)
        kept = known.named(phone)
        kit = good(kept, phone)
        fits(kit.device, kit.bytes, _room(at), at.backups, offers.sizes())
        _refuse_if_needless(at, store, kit.device, kit.serial)
        if dry_run:
            app.say(WOULD, device=kit.device, size=amount(kit.bytes or 0))
            return
        known.wish(kit.serial, getpass.getuser())
        app.answer(_shown(kit, say("asked for")), ASKED, device=kit.device)


def _refuse_if_needless(at: "Home", store: "Store", device: str, serial: str) -> None:
    from agents.station.errors import AgentNotRunning, BackupHereAlready, ServerIsThere
    from agents.station.home import is_held
    from agents.station.journal import Journal

    if Journal(store).has_backup(serial):
        raise BackupHereAlready(device=device)
    if not is_held(at.path):
        raise AgentNotRunning(home=str(at.path))
    if _server_answers(at):
        raise ServerIsThere(device=device)


def _server_answers(at: "Home") -> bool:
    from api.client import Client, Refused
    from fleet.errors import Unavailable

    client = Client(
        at.server, at.token, timeout=SERVER_SECONDS, authority=at.authority, insecure=at.insecure
    )
    with client:
        try:
            client.whoami()
        except Unavailable:
            return False
        except Refused as refusal:
            return refusal.kind != "unavailable"
    return True


@command(_("List the phones that this station may back up while the server is away."))
@WITH_HOME
@pass_app
def kits(app: App, home: Path | None) -> None:
    from agents.station.home import open_home

    at = open_home(home_of(home))
    with _store(at) as store:
        known, offers = _parts(store)
        rows = [_shown(kept.kit, _state(kept, at, offers)) for kept in known.all()]
    app.table(
        rows,
        (
            Column(_("Phone"), lambda one: one.device),
            Column(_("Until"), lambda one: one.until),
            Column(_("Due"), lambda one: one.due_at),
            Column(_("Size"), lambda one: one.bytes and amount(one.bytes), right=True),
            Column(_("State"), lambda one: one.state),
            Column(_("Serial number"), lambda one: one.serial, spare=True),
        ),
        empty=_("None: the server gives them when it has seen a phone at this station."),
    )


def _state(kept: "Kept", at: "Home", offers: "Offers") -> str:
    from agents.station.beginning import free_for

    if not kept.is_good:
        return say("too old")
    free = free_for(_room(at), at.backups, offers.sizes())
    if kept.kit.bytes is None:
        return say("never read")
    return say("ready") if kept.kit.bytes <= free else say("no room on the disk")


def _shown(kit: "Kit", state: str) -> OfflineBackup:
    return OfflineBackup(
        device=kit.device,
        serial=kit.serial,
        until=kit.until,
        due_at=kit.due_at,
        bytes=kit.bytes,
        state=state,
    )


@contextmanager
def _store(at: "Home") -> Iterator["Store"]:
    from agents.station.store import Store

    with closing(Store(at.outbox)) as store:
        yield store


def _parts(store: "Store") -> tuple["Kits", "Offers"]:
    from agents.station.kits import Kits
    from agents.station.offers import Offers

    return Kits(store), Offers(store)


def _room(at: "Home") -> "Room":
    from agents.station.backup.room import Room

    return Room(at.backups)
