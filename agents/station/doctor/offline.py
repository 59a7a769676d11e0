"""Whether this station could back its phones up while the server is away."""

from collections.abc import Iterator
from shutil import disk_usage
from typing import Final

from agents.station.backup.room import GIB, Room
from agents.station.beginning import free_for
from agents.station.doctor.check import Check, attention, well
from agents.station.doctor.folder import memory
from agents.station.home import Home
from agents.station.kits import Kept, kits_in
from agents.station.offers import sizes_in
from agents.station.store import trouble_named
from fleet.contracts.words import _, say

OFFLINE: Final = _("without the server")
NONE: Final = _("No phone was seen yet that could be backed up here while the server is away.")
COULD: Final = _(
    "{good} of {count} phones could be backed up without the server now; the disk has room for"
    " each of {fitting}."
)
OLD: Final = _("Kits are good for a time: the server renews them when it sees the phone.")
TOO_FULL: Final = _(
    "{free:.1f} GiB are left for that. Make room; the largest phone has {most:.1f}."
)


def offline(home: Home) -> Iterator[Check]:
    part, kits, begun = say(OFFLINE), list[Kept](), dict[str, int]()
    if home.outbox.exists():
        with trouble_named(home.outbox), memory(home) as connection:
            kits = kits_in(connection)
            begun = sizes_in(connection) if kits else {}
    if not kits:
        yield well(part, say(NONE))
        return
    room = Room(home.backups, free=lambda _folder: disk_usage(home.path).free)
    free = max(0, free_for(room, home.backups, begun))
    good = [kept.kit for kept in kits if kept.is_good]
    fitting = [kit for kit in good if kit.bytes is not None and kit.bytes <= free]
    sentence = say(COULD, good=len(good), count=len(kits), fitting=len(fitting))
    if len(fitting) < len(good):
        most = max(kit.bytes or 0 for kit in good)
        yield attention(part, sentence, say(TOO_FULL, free=free / GIB, most=most / GIB))
    elif len(good) < len(kits):
        yield attention(part, sentence, say(OLD))
    else:
        yield well(part, sentence)
