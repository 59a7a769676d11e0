"""The machine: room on its disk, how many files may be open, and whether an agent runs."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agents.station.alone import Holder, holder_at
from agents.station.backup.room import GIB, Room
from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from agents.station.home import is_held
from fleet.contracts.words import _, say

# All packs together, and what is never booked for them: with less, backups wait for one another.
WISHED_BYTES: Final = Room.most_bytes + Room.reserve_bytes
# With less than the reserve no pack is begun, and soon no report is kept either.
NEEDED_BYTES: Final = Room.reserve_bytes
# 32 phones on a hub: the adb server has a few for each, a job connections, files and pipes.
WISHED_FILES: Final = 1024
NEEDED_FILES: Final = 256

DISK, AGENT, FILES = _("disk"), _("agent"), _("open files")
FREE = _("{free:.1f} GiB are free in {path}.")
MAKE_ROOM = _("Make room: backups want {wished} GiB, and with less than {needed} none begins.")
RUNS = _("An agent runs: {who}.")
RUNS_HERE = _("An agent runs on this folder.")
WORKS_ELSEWHERE = _("Another agent works at {address}: {who}.")
END_ONE = _("End it, or give each an adb server of its own with --adb-port.")
RUNS_NOT = _("No agent runs.")
START = _("workfleet agent run; or as a service: workfleet agent service --install")
MAY_OPEN = _("{count} files may be open at once.")
RAISE = _("For 32 phones allow {wished}: ulimit -n {wished}; in a unit LimitNOFILE={wished}.")


def disk(place: Place) -> Iterator[Check]:
    path = _nearest(place.home)
    free = shutil.disk_usage(path).free
    sentence = say(FREE, free=free / GIB, path=path)
    advice = say(MAKE_ROOM, wished=WISHED_BYTES // GIB, needed=NEEDED_BYTES // GIB)
    if free < NEEDED_BYTES:
        yield broken(say(DISK), sentence, advice)
    elif free < WISHED_BYTES:
        yield attention(say(DISK), sentence, advice)
    else:
        yield well(say(DISK), sentence)


def agent(place: Place) -> Iterator[Check]:
    holders = {adb.address: holder_at(adb.address) for adb in place.servers}
    if is_held(place.home):
        ours = [one for one in holders.values() if one and _is_of(one, place.home)]
        yield well(say(AGENT), say(RUNS, who=ours[0]) if ours else say(RUNS_HERE))
    else:
        yield attention(say(AGENT), say(RUNS_NOT), say(START))
    for address, holder in holders.items():
        if holder is not None and not _is_of(holder, place.home):
            sentence = say(WORKS_ELSEWHERE, address=address, who=holder)
            yield attention(say(AGENT), sentence, say(END_ONE))


def files(_place: Place) -> Iterator[Check]:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 — not on Windows

    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sentence = say(MAY_OPEN, count=soft)
    if soft == resource.RLIM_INFINITY or soft >= WISHED_FILES:
        yield well(say(FILES), sentence)
    else:
        wrong = attention if soft >= NEEDED_FILES else broken
        yield wrong(say(FILES), sentence, say(RAISE, wished=WISHED_FILES))


def _is_of(holder: Holder, home: Path) -> bool:
    return Path(holder.home) == home.absolute()


def _nearest(path: Path) -> Path:
    """Return the folder, or where it would be made."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.is_dir())
