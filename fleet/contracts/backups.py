"""Backups on the wire, and the manifest that says what became of every file."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import FiniteFloat, StringConstraints

from fleet.contracts.keeping import Purpose
from fleet.contracts.plans import Source, SourceLine
from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, EmployeeRef, Given, ListQuery, Moment, Reason, Shown


class BackupState(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"  # every file listed on the phone is accounted for
    INCOMPLETE = "incomplete"  # it ended, and something is not accounted for
    FAILED = "failed"
    CANCELLED = "cancelled"
    DAMAGED = "damaged"  # it was complete, and something of it is not in storage as it was
    DELETING = "deleting"  # marked: what is left of it goes
    DELETED = "deleted"


UNDER_WAY: Final = frozenset({BackupState.PLANNED, BackupState.RUNNING, BackupState.PAUSED})


class FileState(StrEnum):
    STORED = "stored"  # in a pack, and equal to what the phone itself hashed
    CARRIED = "carried"  # in a pack of an earlier backup, size and time as then; not compared
    TAKEN = "taken"  # in a pack; read twice and the same, and the phone has no hash of it
    CHANGED = "changed"  # in a pack, but the phone's file has changed since it was read
    MISSING = "missing"  # not in a pack; the reason says why


KEPT: Final = frozenset({FileState.STORED, FileState.CARRIED})  # equal, now or when it was read
VANISHED: Final = "vanished"  # a reason: listed first, and gone when the phone was listed last


class FileLine(Given):
    """What became of one listed path.

    `sha256` is of what is in the pack, `phone_sha256` what the phone itself answered; `pack` counts
    from 1 in the head's list. `source` is the most specific one that the path belongs to.
    """

    size: int
    mtime: FiniteFloat  # seconds since the epoch, as the phone says
    state: FileState
    sha256: Digest | None = None
    phone_sha256: Digest | None = None
    pack: int | None = None
    reason: str | None = None
    source: str | None = None


class ManifestFile(FileLine):
    """A path under its blinded name: two lines never have the same one."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class IndexFile(FileLine):
    """A path as `contracts.spelling` has it, written by `contracts.paths`."""

    path: str


class HeadLine(Given):
    """The first `carried` of `packs` were stored by earlier backups of the same phone.

    `sources` say what became of each source in each space.
    """

    backup: str
    serial: str
    build: str
    roots: list[str]
    excludes: list[str]
    started_at: Moment
    ended_at: Moment
    listed: int  # paths in the listing taken first
    relisted: int  # paths in the listing taken last
    packs: list[Digest]  # digest of each pack as first stored, in order
    carried: int = 0
    sources: list[SourceLine] = []


class ManifestHead(HeadLine):
    """First line of a manifest (JSON Lines, zstd); every further line is a ManifestFile.

    The server reads it and judges by it; no name is in it. `index` is the digest of the sealed
    list of names, `base` of the manifest that this one goes on from.
    """

    format: Literal[2] = 2
    index: Digest
    base: Digest | None = None


class IndexHead(HeadLine):
    """First line of an index (JSON Lines, zstd, age); every further line is an IndexFile.

    `names` blinds the paths of the manifest (hexadecimal). Format 1 is the manifest of old, which
    was readable and had the names in it.
    """

    format: Literal[1, 2] = 2
    names: str | None = None


class ManifestSeal(Shown):
    """What the station signed, and the server after it had judged; Ed25519, base64.

    An object `seals/<its digest>`, so that whoever has the storage alone can tell.
    """

    backup: str
    serial: str
    manifest: Digest
    index: Digest
    station_key: str
    station_signature: str = ""
    station: str = ""  # its name, as the server knows it
    server_key: str = ""
    server_signature: str = ""


class BackupTask(Shown):
    kind: Literal["backup"] = "backup"
    backup: str
    roots: list[str]
    excludes: list[str]
    recipients: list[str]  # age recipients; the server does not hold their private keys
    pack_bytes: int  # a pack is closed when it holds so much before compression
    sealed_names: str  # the key that blinds names; opens with the station's key, for this job alone
    base: Digest | None = None  # manifest of the backup that this one goes on from
    compare: int = 100  # percent of the carried files that the phone is asked to hash again
    sources: list[Source] = []
    spaces: list[str] = []  # those that something has to be said about


class BackupOutcome(Given):
    backup: str
    state: Literal["complete", "incomplete", "failed"]
    manifest: Digest | None = None
    seal: ManifestSeal | None = None  # signed by the station
    reason: str | None = None
    sentence: str = ""


class PackOut(Shown):
    """`first_digest` is what the manifest calls it, where it was sealed anew since."""

    number: int
    digest: Digest
    size: int
    sealed_to: str = ""
    first_digest: Digest | None = None


class StoredOut(Shown):
    """A manifest or an index that lies in the storage now."""

    digest: Digest
    size: int


class Assurance(StrEnum):
    """How far a backup can be believed: L0 to L3."""

    NONE = "none"
    PRESENT = "present"  # it is in storage, and was not compared with the phone
    HASHED = "hashed"  # every file that is in it was compared with the phone's own hash
    TEST_RESTORED = "test_restored"  # and a sample of it was brought back


class BackupOut(Shown):
    id: str
    number: str  # BK-2026-0001
    device: str
    holder: EmployeeRef | None
    purpose: Purpose
    state: BackupState
    level: Level
    station: str | None
    planned_at: Moment
    ended_at: Moment | None
    files: int
    stored: int
    changed: int
    missing: int
    carried: int  # of the stored: files that an earlier backup had stored already
    uncompared: int  # of these: files that the phone was not asked to hash again
    base: str | None  # number of the backup that this one goes on from
    bytes: int  # of the files
    stored_bytes: int  # of the packs
    manifest: Digest | None
    index: Digest | None
    index_first_digest: Digest | None = None  # what the manifest calls it, if sealed anew since
    sealed_by: str | None  # the station whose signature the server has checked and countersigned
    packs: list[PackOut]
    assurance: Assurance = Assurance.NONE
    tested_at: Moment | None = None  # when a sample of it was last restored
    tested_by: str | None = None
    tested_files: int = 0
    drill_due_at: Moment | None = None  # when a sample is to be restored again
    reason: str | None


class BackupIn(Given):
    reason: Reason = "asked"
    purpose: Purpose | None = None  # worked out where it is left out


class BackupQuery(ListQuery):
    device: str | None = None
    state: BackupState | None = None
    purpose: Purpose | None = None
