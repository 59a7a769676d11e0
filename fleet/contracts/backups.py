"""Backups on the wire, and the manifest that says what became of every file."""

from enum import StrEnum
from typing import Literal

from pydantic import FiniteFloat

from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Reason, Shown


class BackupState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    COMPLETE = "complete"  # every file listed on the phone is accounted for
    INCOMPLETE = "incomplete"  # it ended, and something is not accounted for
    FAILED = "failed"


class FileState(StrEnum):
    STORED = "stored"  # in a pack, and equal to what the phone itself hashed
    CHANGED = "changed"  # in a pack, but the phone's file has changed since it was read
    MISSING = "missing"  # not in a pack; the reason says why


class ManifestFile(Given):
    """One listed path, relative to the root of shared storage, written by `contracts.paths`.

    `sha256` is of what is in the pack, `phone_sha256` what the phone itself answered.
    """

    path: str
    size: int
    mtime: FiniteFloat  # seconds since the epoch, as the phone says
    state: FileState
    sha256: Digest | None = None
    phone_sha256: Digest | None = None
    pack: int | None = None
    reason: str | None = None


class ManifestHead(Given):
    """First line of a manifest (JSON Lines, zstd); every further line is a ManifestFile."""

    format: Literal[1] = 1
    backup: str
    serial: str
    build: str
    roots: list[str]
    excludes: list[str]
    started_at: Moment
    ended_at: Moment
    listed: int  # paths in the listing taken first
    relisted: int  # paths in the listing taken last
    packs: list[Digest]  # digest of each pack as stored, in order


class BackupTask(Shown):
    kind: Literal["backup"] = "backup"
    backup: str
    roots: list[str]
    excludes: list[str]
    recipients: list[str]  # age recipients; the server does not hold their private keys
    pack_bytes: int  # a pack is closed when it holds so much before compression


class BackupOutcome(Given):
    backup: str
    state: Literal["complete", "incomplete", "failed"]
    manifest: Digest | None = None
    reason: str | None = None
    sentence: str = ""


class PackOut(Shown):
    number: int
    digest: Digest
    size: int


class StoredOut(Shown):
    """A manifest that lies in the storage now."""

    digest: Digest
    size: int


class BackupOut(Shown):
    id: str
    number: str  # BK-2026-0001
    device: str
    holder: EmployeeRef | None
    state: BackupState
    level: Level
    station: str | None
    planned_at: Moment
    ended_at: Moment | None
    files: int
    stored: int
    changed: int
    missing: int
    bytes: int  # of the files
    stored_bytes: int  # of the packs
    manifest: Digest | None
    packs: list[PackOut]
    reason: str | None


class BackupIn(Given):
    reason: Reason = "asked"


class BackupQuery(ListQuery):
    device: str | None = None
    state: BackupState | None = None
