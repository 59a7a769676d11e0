"""What happens to backups."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.backups import BackupState
from fleet.contracts.offline import Why
from fleet.contracts.plans import How
from fleet.contracts.proof import Level
from fleet.contracts.restores import Place
from fleet.contracts.sheets import Attested


class About(TypedDict):
    subject_id: UUID
    subject_name: str
    device: str


@dataclass(frozen=True, kw_only=True)
class BackupEvent(Event):
    device: str  # tag


@dataclass(frozen=True, kw_only=True)
class BackupPlanned(BackupEvent):
    name = "backup.planned"
    asked: str


@dataclass(frozen=True, kw_only=True)
class BackupAdopted(BackupEvent):
    """A station had begun it while this server was away."""

    name = "backup.adopted"
    station: str
    begun_at: datetime
    why: Why
    said_by: str | None
    read_whole: bool


@dataclass(frozen=True, kw_only=True)
class BegunBackupRefused(Event):
    """What a station had begun without this server is not to become a backup."""

    name = "begun_backup.refused"
    station: str
    begun_at: datetime
    why: Why
    code: str


@dataclass(frozen=True, kw_only=True)
class BackupWasPaused(BackupEvent):
    name = "backup.paused"


@dataclass(frozen=True, kw_only=True)
class BackupResumed(BackupEvent):
    name = "backup.resumed"


@dataclass(frozen=True, kw_only=True)
class BackupCancelled(BackupEvent):
    """`packs` so many are stored; they are deleted as what is over its time is."""

    name = "backup.cancelled"
    packs: int


@dataclass(frozen=True, kw_only=True)
class BackupEndedAs(BackupEvent):
    name = "backup.ended"
    state: BackupState
    level: Level
    files: int
    missing: int
    manifest: str | None
    index: str | None = None
    base: str | None = None  # number of the backup it goes on from
    sealed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class BackupRestored(BackupEvent):
    """Somebody brought it back; `level` is what that proves of the whole of it."""

    name = "backup.restored"
    to: Place
    phone: str | None
    level: Level
    files: int
    bytes: int
    missing: int
    renamed: int
    partly: bool


@dataclass(frozen=True, kw_only=True)
class ChatHistoryDeclared(Event):
    """A person said that he put the chats of a phone into an archive, or restored them."""

    name = "chat_history.declared"
    what: Attested
    how: How
    note: str


@dataclass(frozen=True, kw_only=True)
class ChatHistoryWitnessed(Event):
    """Another person saw it."""

    name = "chat_history.witnessed"
    what: Attested
    said_by: str
