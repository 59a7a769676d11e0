"""The station's folder: who it is, its key and its token, readable by its owner alone.

station.json   server address, name, and the authority that vouches for the server
key            X25519 private key, base64
token          what it shows to the server
outbox.db      reports that wait and jobs under way
agent.lock     held while an agent runs
backups/       packs in the making
bases/         manifests of backups made here, from which the next ones go on
"""

import json
import os
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from agents.station.errors import (
    AlreadyEnrolled,
    HomeDamaged,
    HomeInUse,
    HomeOfAnother,
    NotEnrolled,
)
from agents.station.keys import StationKey

LOCK = "agent.lock"
LOCK_SECONDS = 1.0  # whoever only asks whether it is held has it for an instant
PRIVATE = 0o600  # means nothing on Windows, where the user's own folder is private by its ACL


@dataclass(frozen=True)
class Home:
    """An enrolled station's folder."""

    path: Path
    server: str
    station: str
    token: str = field(repr=False)
    key: StationKey = field(repr=False)
    authority: str | None = field(default=None, repr=False)  # PEM, to be trusted for the server
    insecure: bool = False

    @property
    def outbox(self) -> Path:
        return self.path / "outbox.db"

    @property
    def backups(self) -> Path:
        return self.path / "backups"


def default_home() -> Path:
    return user_data_path("workfleet", appauthor=False) / "station"


def open_home(path: Path) -> Home:
    """Read the folder of an enrolled station, or refuse."""
    try:
        if not (path / "station.json").is_file():
            raise NotEnrolled(home=str(path))
        about = json.loads((path / "station.json").read_text("utf-8"))
        key = StationKey(b64decode((path / "key").read_text("ascii"), validate=True))
        token = (path / "token").read_text("ascii").strip()
        return Home(
            path,
            about["server"],
            about["station"],
            token,
            key,
            authority=about.get("authority"),
            insecure=about.get("insecure", False),
        )
    except PermissionError:
        raise HomeOfAnother(home=str(path)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HomeDamaged(path=str(path), reason=type(error).__name__) from None


def refuse_enrolled(path: Path) -> None:
    """Refuse a folder that is a station already: its key may still be needed."""
    with suppress(NotEnrolled):
        raise AlreadyEnrolled(home=str(path), station=open_home(path).station)


def key_in_making(path: Path) -> StationKey:
    """Return the key that an earlier, interrupted enrolment left, or make one and keep it."""
    path.mkdir(parents=True, exist_ok=True)
    kept = path / "key"
    if kept.is_file():
        return _kept_key(kept)
    key = StationKey.generate()
    write_private(kept, b64encode(key.to_bytes()).decode())
    return key


def _kept_key(kept: Path) -> StationKey:
    try:
        return StationKey(b64decode(kept.read_text("ascii"), validate=True))
    except (OSError, ValueError) as error:
        raise HomeDamaged(path=str(kept), reason=type(error).__name__) from None


def make_home(
    path: Path,
    *,
    server: str,
    station: str,
    token: str,
    authority: str | None = None,
    insecure: bool = False,
) -> Home:
    """Finish an enrolment; `station.json` comes last, so half of it never counts as a station."""
    write_private(path / "token", token)
    about = {"server": server, "station": station, "authority": authority, "insecure": insecure}
    write_private(path / "station.json", json.dumps(about))
    return open_home(path)


def write_private(path: Path, text: str) -> None:
    """Write `text` durably and at once: the file is there whole or not at all, for its owner."""
    part = path.with_name(path.name + ".part")
    with suppress(FileNotFoundError):
        part.unlink()
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Hold the folder for one agent; the system lets go of it when the process dies.

    SQLite's file lock is used because it is the one lock that works alike on every system.
    """
    lock = sqlite3.connect(home.path / LOCK, timeout=LOCK_SECONDS, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode=MEMORY")  # nothing is ever written
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise HomeInUse(home=str(home.path)) from None
    finally:
        lock.close()


def is_held(path: Path) -> bool:
    """Say whether an agent runs on the folder; this leaves nothing behind in it."""
    if not (path / LOCK).is_file():
        return False
    lock = sqlite3.connect(f"{(path / LOCK).resolve().as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        lock.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return True
    finally:
        lock.close()
    return False
