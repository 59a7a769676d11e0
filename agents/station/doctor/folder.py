"""The station's folder: enrolled, for its owner alone, and its memory whole."""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from agents.station.doctor.processes import user_name
from agents.station.errors import StoreDamaged
from agents.station.home import Home, is_held, open_home
from agents.station.store import trouble_named
from fleet.contracts.words import _, say

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
PRIVATE: Final = ("key", "token", "station.json", "outbox.db")

FOLDER = _("folder")
REPORTS = _("reports")
WELL = _("{path} is the station {station} of {server}.")
OPEN = _("{path} can be read by others.")
OF_ANOTHER = _("{path} belongs to {owner}, and you are {user}.")
RUN_AS = _(
    "Run this as the user of the agent: sudo -Hu {owner} workfleet agent doctor --home {home}"
)
PLAIN = _("{station} was enrolled with --insecure: others may listen.")
USE_TLS = _("Give the server a certificate, and enrol the station anew in another folder.")
NONE_WAIT = _("None waits.")
WAIT = _("{waiting} reports wait for the server.")
ASIDE = _("{count} reports were set aside: the server can never take them ({codes}).")
SAME_RELEASE = _("They stay in {path}; bring server and station to the same release.")


def folder(place: Place) -> Iterator[Check]:
    part, home = say(FOLDER), open_home(place.home)
    strange = list(_strangers(part, home))
    yield from strange
    yield from _readable_by_others(part, home)
    if home.insecure:
        yield attention(part, say(PLAIN, station=home.station), say(USE_TLS))
    if not strange:
        words = {"path": home.path, "station": home.station, "server": home.server}
        yield well(part, say(WELL, **words))


def _strangers(part: str, home: Home) -> Iterator[Check]:
    """A folder of another user: what is asked here would be answered for the wrong one."""
    if os.name == "nt":
        return
    owner = home.path.stat().st_uid
    if owner != os.getuid():
        names = {"owner": user_name(owner), "user": user_name(os.getuid())}
        sentence = say(OF_ANOTHER, path=home.path, **names)
        yield attention(part, sentence, say(RUN_AS, owner=names["owner"], home=home.path))


def _readable_by_others(part: str, home: Home) -> Iterator[Check]:
    if os.name == "nt":  # the user's own folder is private by its ACL
        return
    for path in (home.path / name for name in PRIVATE):
        if path.exists() and path.stat().st_mode & OTHERS:
            yield broken(part, say(OPEN, path=path), f"chmod 600 {path}")


def reports(home: Home) -> Iterator[Check]:
    """Look into the station's memory, without leaving a trace in it."""
    if not home.outbox.exists():
        yield well(say(REPORTS), say(NONE_WAIT))
        return
    with trouble_named(home.outbox), memory(home) as outbox:
        if outbox.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StoreDamaged(path=str(home.outbox))
        waiting = sum(_rows(outbox, table) for table in ("report", "fresh"))
        aside = [row[0] for row in outbox.execute("SELECT code FROM rejected")]
    yield well(say(REPORTS), say(WAIT if waiting else NONE_WAIT, waiting=waiting))
    if aside:
        codes = ", ".join(sorted(set(aside)))
        sentence = say(ASIDE, count=len(aside), codes=codes)
        yield attention(say(REPORTS), sentence, say(SAME_RELEASE, path=home.outbox))


def _rows(memory: sqlite3.Connection, table: str) -> int:
    """Count the rows of a table; none where an earlier release, which lacks it, was here last."""
    known = memory.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    count = f"SELECT count(*) FROM {table}"  # noqa: S608 — a constant
    return int(memory.execute(count).fetchone()[0]) if known else 0


@contextmanager
def memory(home: Home) -> Iterator[sqlite3.Connection]:
    """Give the memory to read: that of an agent that runs, or a copy of one that does not.

    Opening a database that nobody has open writes beside it, maybe as the wrong user.
    """
    if is_held(home.path):
        with closing(_read_only(home.outbox)) as outbox:
            yield outbox
        return
    with tempfile.TemporaryDirectory(prefix="workfleet-doctor-") as name:
        for path in home.path.glob(f"{home.outbox.name}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, Path(name) / path.name)
        with closing(sqlite3.connect(Path(name) / home.outbox.name)) as outbox:
            yield outbox


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
