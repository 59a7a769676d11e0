"""Making a set: one moment of the database and the keys that open it, sealed, whole or not at all.

Why the keys always fit: a key is in its file from before anything is wrapped with it until after
nothing needs it any more (docs/decisions/0014). What the snapshot needs was therefore in the file
at the snapshot's moment. The file is read just before that moment and just after it, and both
go into the set: a key that `vault rekey` adds or retires in between is in one of the two.
"""

import io
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from cli.private import PRIVATE_FOLDER, write_private
from cli.server.folders import new_folder, own_folder, settle, sweep
from cli.server.founding import SETTINGS
from cli.server.place import session_on
from cli.server.sets.errors import SetNotWritten
from cli.server.sets.manifest import (
    FILE,
    KEYS,
    Manifest,
    SealedFile,
    Secrets,
    Trail,
    check_files,
    digest_of,
    signed,
)
from cli.server.sets.sealing import seal
from cli.server.sets.snapshots import Snapshot, snapshot_of
from fleet.access.actor import Actor
from fleet.audit.signing import public_key_of, signing_key
from fleet.contracts.clock import now
from fleet.keys.files import encoded, read_keys
from fleet.keys.keyring import Keyring
from fleet.keys.sources import cipher_named, is_file, load_keyring
from fleet.recovery.queries import Condition, condition
from fleet.recovery.services import Origin, note_backup
from fleet.settings import Settings

PART: Final = ".part"
WORK: Final = ".backup-in-making-"
KEY_FILE: Final = "keys/key-encryption.key"
CHECKPOINT_KEY: Final = "keys/checkpoint.key"


@dataclass
class KeysSeen:
    """The keys of the vault's file, each time it was looked at; the active one stays the last."""

    settings: Settings
    keys: list[bytes] = field(default_factory=list, repr=False)

    def look(self) -> None:
        if is_file(self.settings):
            found = read_keys(self.settings.key_path)
            self.keys = [*(key for key in self.keys if key not in found), *found]

    def keyring(self) -> Keyring:
        if not self.keys:
            return load_keyring(self.settings)
        return Keyring.of(*self.keys, cipher=cipher_named(self.settings.cipher))


def make_set(
    settings: Settings, to: Path, recipients: Sequence[str], *, actor: Actor
) -> tuple[Path, Manifest]:
    """Make a set below `to` and record it; when this returns, the set is whole and on the disk."""
    made_at = now()
    with _written_to(to):
        to.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        sweep(to, prefix="workfleet-", suffix=PART)
        with (
            own_folder(settings.home, WORK) as work,
            _folder_for(to, made_at) as (part, final),
        ):
            manifest = _filled(settings, work, part, made_at, recipients)
            check_files(part, manifest)
            settle(part)
            origin = Origin(final.name, made_at, manifest.trail.entries, digest_of(part / FILE))
            _publish(settings, part, final, origin, len(recipients), actor)
    return final, manifest


def _publish(
    settings: Settings, part: Path, final: Path, origin: Origin, recipients: int, actor: Actor
) -> None:
    """Give the set its name and the trail its entry: both, or neither.

    A crash in the instant between the two leaves a whole set that the trail does not tell of.
    """
    try:
        with session_on(settings) as session:
            note_backup(session, origin, recipients=recipients, actor=actor)
            part.replace(final)
            settle(final.parent)
    except BaseException:
        with suppress(FileNotFoundError):
            final.replace(part)
        raise


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SetNotWritten(folder=str(folder), reason=reason) from None


@contextmanager
def _folder_for(to: Path, made_at: datetime) -> Iterator[tuple[Path, Path]]:
    """Give a folder in the making, and the name that is free for it."""
    name = f"workfleet-{made_at:%Y%m%dT%H%M%SZ}"
    taken = {path.name.removesuffix(PART) for path in to.iterdir()}
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    free = next(one for one in names if one not in taken)
    with new_folder(to / f"{free}{PART}") as part:
        yield part, to / free


def _filled(
    settings: Settings, work: Path, part: Path, made_at: datetime, recipients: Sequence[str]
) -> Manifest:
    private, seen = signing_key(settings.checkpoint_key), KeysSeen(settings)
    seen.look()
    with snapshot_of(settings, work, seen.look) as snapshot:
        found = condition(snapshot.session, seen.keyring(), key=public_key_of(private))
        with snapshot.source() as source:
            database = seal(source, part / snapshot.name, recipients, packed=True)
        keys = seal(_things(settings, seen), part / KEYS, recipients, packed=False)
        manifest = _described(settings, snapshot, found, [database, keys], recipients, made_at)
    manifest = manifest.model_copy(update={"key": public_key_of(private)})
    write_private(part / FILE, signed(manifest, private))
    return manifest


def _described(
    settings: Settings,
    snapshot: Snapshot,
    found: Condition,
    files: list[SealedFile],
    recipients: Sequence[str],
    made_at: datetime,
) -> Manifest:
    from api.client.software import software

    return Manifest(
        made_at=made_at,
        software=software(),
        revision=snapshot.revision,
        database=snapshot.kind,
        database_version=snapshot.version,
        dump_version=snapshot.dump_version,
        keys=source_kind(settings),
        recipients=list(recipients),
        files=files,
        trail=Trail(entries=found.entries, hash=found.hash, whole=found.whole),
        secrets=Secrets(count=found.secrets, shut=found.shut),
        key="",
    )


def source_kind(settings: Settings) -> Literal["file", "variable", "command"]:
    if settings.key_command:
        return "command"
    return "variable" if settings.key_variable else "file"


def _things(settings: Settings, seen: KeysSeen) -> io.BytesIO:
    """Return a tar of what is small and beside the database: keys, certificates, settings."""
    contents = {SETTINGS: (settings.home / SETTINGS).read_bytes()}
    contents[CHECKPOINT_KEY] = settings.checkpoint_key.read_bytes()
    if seen.keys:
        contents[KEY_FILE] = encoded(seen.keys)
    for path in sorted(settings.tls.glob("*")):
        if path.is_file():
            contents[f"tls/{path.name}"] = path.read_bytes()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o600, int(now().timestamp())
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer
