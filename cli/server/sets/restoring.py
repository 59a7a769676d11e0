"""A server made from a set: all of it, proven, or nothing."""

import io
import json
import os
import re
import tarfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from agents.station.backup.opening import read_identities
from cli.private import PRIVATE, PRIVATE_FOLDER
from cli.server.folders import own_folder
from cli.server.founding import FOLDERS, SETTINGS, made_beside
from cli.server.place import session_on, sessions_on
from cli.server.sets.errors import NotAsStored, SetTooNew, SetUnknown
from cli.server.sets.making import CHECKPOINT_KEY, KEY_FILE
from cli.server.sets.manifest import FILE, KEYS, check_files, digest_of, read_manifest
from cli.server.sets.sealing import refuse_wrong_identity
from cli.server.sets.targets import Opener, empty_again, fill, refuse_unfit
from fleet.access.actor import Actor
from fleet.audit.signing import public_key_of, signing_key
from fleet.keys.sources import load_keyring
from fleet.recovery.queries import Condition, condition, trail_head
from fleet.recovery.services import Doubts, Origin, settle_in
from fleet.settings import PREFIX, Settings, load

NAMES: Final = re.compile(
    rf"{re.escape(SETTINGS)}|{re.escape(KEY_FILE)}|{re.escape(CHECKPOINT_KEY)}|tls/[^/\\]+"
)
# Places on the machine that was: the new home has its own.
PLACES: Final = re.compile(r"^[ \t]*(database_url|key_file)[ \t]*=.*$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Restored:
    """What was found when the new server was proven, and what is in doubt."""

    condition: Condition
    doubts: Doubts
    former_revision: str | None  # where the database was brought to this software's revision


@dataclass(frozen=True)
class Restoring:
    """A set that was read and fits; nothing was written for it yet."""

    opener: Opener
    things: dict[str, bytes]
    home: Path
    database: str  # empty for the place inside of the home
    named: str  # what the new settings name of it: an address in the environment stays there

    def url(self, home: Path) -> str:
        return self.database or f"sqlite:///{home / 'data' / 'workfleet.db'}"


def prepared(
    folder: Path, identity: Path, home: Path, *, database: str, key: str | None
) -> Restoring:
    """Read all of a set and open its keys; refused where it, or where it is to go, does not fit."""
    manifest = read_manifest(folder, key=key)
    _refuse_unknown(manifest.revision, manifest.software)
    check_files(folder, manifest)
    opener = Opener(folder, manifest, read_identities(identity), identity)
    refuse_wrong_identity(folder / KEYS, opener.identities, identity)
    refuse_wrong_identity(folder / manifest.database_file.name, opener.identities, identity)
    things = _things(opener)
    in_environment = os.environ.get(f"{PREFIX}DATABASE_URL", "")
    named = database or ("" if in_environment else _named_in(things, manifest.database))
    restoring = Restoring(opener, things, home, in_environment or named, named)
    refuse_unfit(restoring.url(home), manifest)
    return restoring


def restore(restoring: Restoring, *, moved: bool, actor: Actor) -> Restored:
    """Make the server; when this fails, nothing of it is left."""
    undo: list[Callable[[], None]] = []
    try:
        with made_beside(restoring.home) as folder:
            settings = _furnished(folder, restoring)
            load_keyring(settings)  # where it comes from outside: refused before all the rest
            undo.append(partial(empty_again, settings.database))
            with own_folder(folder, ".work-") as work:
                fill(settings.database, restoring.opener, work)
            return _proven(settings, restoring, moved=moved, actor=actor)
    except BaseException:
        for step in undo:
            step()
        raise


def _refuse_unknown(revision: str, software: str) -> None:
    from migrations import knows

    if not knows(revision):
        raise SetTooNew(revision=revision, software=software)


def _things(opener: Opener) -> dict[str, bytes]:
    """Return what lies beside the database; small, and kept in memory until all of it fits."""
    buffer = io.BytesIO()
    opener.open_into(KEYS, buffer)
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as tar:
        found = {one.name: file.read() for one in tar if (file := tar.extractfile(one))}
    if SETTINGS not in found or not all(map(NAMES.fullmatch, found)):
        raise SetUnknown(path=KEYS)
    return found


def _named_in(things: dict[str, bytes], kind: str) -> str:
    """Return the PostgreSQL that the settings of the set name; a file has its place in the home."""
    settings = tomllib.loads(things[SETTINGS].decode())
    return "" if kind == "sqlite" else str(settings.get("database_url", ""))


def _furnished(folder: Path, restoring: Restoring) -> Settings:
    for name in FOLDERS:
        (folder / name).mkdir(mode=PRIVATE_FOLDER)
    for name, content in restoring.things.items():
        _put(folder / name, _fitted(content, restoring) if name == SETTINGS else content)
    return load(folder)


def _fitted(settings: bytes, restoring: Restoring) -> bytes:
    """Return the settings with the places of this machine in them, and all else as it was."""
    text = PLACES.sub("", settings.decode())
    if restoring.named:
        text = f"database_url = {json.dumps(restoring.named, ensure_ascii=False)}\n{text}"
    return text.encode()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _proven(settings: Settings, restoring: Restoring, *, moved: bool, actor: Actor) -> Restored:
    """Hold the database against the manifest, bring it to this software, and make it safe."""
    from migrations import newest, upgrade

    folder, manifest = restoring.opener.folder, restoring.opener.manifest
    _compare_head(settings, restoring)
    former = manifest.revision if manifest.revision != newest() else None
    if former:
        upgrade(settings.database)
    found = _condition(settings, restoring)
    origin = Origin(
        folder.resolve().name, manifest.made_at, found.entries, digest_of(folder / FILE)
    )
    with session_on(settings) as session:
        doubts = settle_in(session, origin, moved=moved, actor=actor)
    return Restored(found, doubts, former)


def _compare_head(settings: Settings, restoring: Restoring) -> None:
    trail = restoring.opener.manifest.trail
    with sessions_on(settings) as sessions, sessions() as session:
        if trail_head(session) != (trail.entries, trail.hash):
            raise NotAsStored(what="trail")


def _condition(settings: Settings, restoring: Restoring) -> Condition:
    """Return how it is now; no worse than when the set was made, or it is refused."""
    manifest, keyring = restoring.opener.manifest, load_keyring(settings)
    key = public_key_of(signing_key(settings.checkpoint_key))
    with sessions_on(settings) as sessions, sessions() as session:
        found = condition(session, keyring, key=key)
    if (found.entries, found.hash) != (manifest.trail.entries, manifest.trail.hash):
        raise NotAsStored(what="trail")
    if manifest.trail.whole and not found.whole:
        raise NotAsStored(what="trail")
    if (found.secrets, found.shut) != (manifest.secrets.count, manifest.secrets.shut):
        raise NotAsStored(what="vault")
    return found
