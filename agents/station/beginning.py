"""Beginning a backup while the server is away: when it is due, or when somebody here asks for it.

Nothing is begun that the disk has no room for as a whole: all of it stays here until the server
takes it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Final
from uuid import uuid4

from agents.station.backup.bases import Bases
from agents.station.backup.room import Room
from agents.station.errors import (
    BackupHereAlready,
    KitMissing,
    KitTooOld,
    NoRoomForBackup,
    SizeUnknown,
)
from agents.station.jobs.backup import folder_of
from agents.station.journal import Journal
from agents.station.keys import StationKey
from agents.station.kits import Kept, Kits, Wish
from agents.station.offers import TRIED_AGAIN_AFTER, Offers
from agents.station.phones import Here, Phones
from fleet.contracts.clock import now
from fleet.contracts.offline import Begun, Kit, Why
from fleet.contracts.sealing import seal_to_station
from fleet.contracts.stations import Lease
from fleet.contracts.words import _, say
from fleet.errors import FleetError

PATIENCE_SECONDS: Final = 600.0  # a server that is started anew is not away
LOOK_SECONDS: Final = 2.0
WISHES_LAST: Final = timedelta(days=1)
HEARD_SOON: Final = timedelta(minutes=2)  # that the server is away is noticed within that time

BEGUN = _("{device}: a backup begins without the server, which takes it over when it is back.")
SERVER_BACK = _("{device}: the server is there; have it backed up with `workfleet backup run`.")


@dataclass
class Beginner:
    """`away_seconds` says for how long the server has been away, None where it is there."""

    kits: Kits
    offers: Offers
    journal: Journal
    phones: Phones
    key: StationKey
    backups: Path
    room: Room
    away_seconds: Callable[[], float | None]
    stop: Event
    say: Callable[[str], None]
    begun: Callable[[], None]

    def run(self) -> None:
        while not self.stop.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Begin what is due, and what was asked for here."""
        away, wishes = self.away_seconds(), self.kits.wishes()
        self._forget_old(wishes.values(), away=away is not None)
        if away is None:
            return
        for serial in self.phones.present():
            here, kept = self.phones.find(serial), self.kits.named(serial)
            wish = wishes.get(serial)
            if here is not None and wish is not None:
                self._granted(wish, kept, here)
            elif here is not None and kept and kept.is_due and away >= PATIENCE_SECONDS:
                self._by_itself(kept, here)

    def _granted(self, wish: Wish, kept: Kept | None, here: Here) -> None:
        try:
            self._begin(good(kept, wish.serial), here, Why.ASKED, wish.by)
        except FleetError as refusal:
            self.kits.answered(wish.serial)
            self.say(str(refusal))

    def _by_itself(self, kept: Kept, here: Here) -> None:
        if not kept.is_good or self.journal.has_backup(here.serial):
            return
        try:
            self._begin(kept.kit, here, Why.DUE)
        except FleetError as refusal:
            self.kits.rest(here.serial, now() + TRIED_AGAIN_AFTER)
            self.say(str(refusal))

    def _begin(self, kit: Kit, here: Here, why: Why, by: str | None = None) -> None:
        if self.journal.has_backup(here.serial):
            raise BackupHereAlready(device=kit.device)
        size = here.facts.storage.used_bytes or kit.bytes
        fits(kit.device, size, self.room, self.backups, self.offers.sizes())
        job, backup = str(uuid4()), str(uuid4())
        names = self.key.open(kit.task.sealed_names, job=kit.id)
        goes_on = Bases.beside(self.backups).has(here.serial, kit.task.base)
        own = {
            "backup": backup,
            "sealed_names": seal_to_station(self.key.public, names, job=job),
            "base": kit.task.base if goes_on else None,
        }
        lease = Lease(
            job=job,
            device=kit.device,
            serial=here.serial,
            attempt=1,
            until=kit.until,
            task=kit.task.model_copy(update=own),
        )
        begun = Begun(
            job=job,
            backup=backup,
            serial=here.serial,
            ticket=kit.ticket,
            begun_at=now(),
            why=why,
            by=by,
            goes_on=goes_on,
        )
        self.offers.begin(lease, begun, size=size or 0)
        self.say(say(BEGUN, device=kit.device))
        self.begun()

    def _forget_old(self, wishes: Iterable[Wish], *, away: bool) -> None:
        lasts = WISHES_LAST if away else HEARD_SOON
        for wish in wishes:
            if wish.at < now() - lasts:
                self.kits.answered(wish.serial)
                kept = self.kits.named(wish.serial)
                if not away:
                    self.say(say(SERVER_BACK, device=kept.kit.device if kept else wish.serial))


def good(kept: Kept | None, name: str) -> Kit:
    """Return the kit with which a backup may be begun now, or refuse."""
    if kept is None:
        raise KitMissing(phone=name)
    if not kept.is_good:
        until = kept.kit.until.astimezone().isoformat(sep=" ", timespec="minutes")
        raise KitTooOld(device=kept.kit.device, until=until)
    return kept.kit


def fits(device: str, size: int | None, room: Room, backups: Path, begun: dict[str, int]) -> None:
    """Refuse a backup for whose packs the disk has no room beside those that are being made."""
    if size is None:
        raise SizeUnknown(device=device)
    free = free_for(room, backups, begun)
    if size > free:
        raise NoRoomForBackup(device=device, needed=size, free=max(0, free))


def free_for(room: Room, backups: Path, begun: dict[str, int]) -> int:
    """Return how many bytes one more backup may take: the rest is kept, or promised to others."""
    promised = sum(
        max(0, size - _written(folder_of(backups, backup))) for backup, size in begun.items()
    )
    return room.free(backups) - room.reserve_bytes - promised


def _written(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("pack-*.age"))
