"""Backups with real objects in a real folder, as stations would have left them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.backups.models import Backup, BackupPack
from fleet.backups.storage import AGE, Storage, manifest_name, pack_name, storage_of
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import Purpose
from fleet.contracts.proof import Level
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.settings import Settings
from tests.factories import Make


def pack_of(text: str) -> bytes:
    return AGE + b"-> X25519 abc\n" + text.encode()


@dataclass
class Shelf:
    session: Session
    settings: Settings
    make: Make

    @property
    def storage(self) -> Storage:
        return storage_of(self.settings)

    def backup(
        self,
        *packs: str,
        days: float = 0,
        device: Device | None = None,
        holder: Employee | None = None,
        purpose: Purpose = Purpose.ROUTINE,
        state: BackupState = BackupState.COMPLETE,
    ) -> Backup:
        """Store a backup that ended so many days ago; equal texts are one pack, named twice."""
        moment: datetime = now() - timedelta(days=days)
        name = f"BK-{uuid4().hex[:8]}"
        backup = Backup(
            id=uuid4(),
            number=name,
            device=device or self.make.device(),
            holder=holder,
            asked="test",
            purpose=purpose,
            roots=[],
            excludes=[],
            recipients=[],
            state=state,
            level=Level.VERIFIED,
            reasons=[],
            manifest_digest=self._manifest(name),
            planned_at=moment,
            started_at=moment,
            ended_at=moment,
            packs=[self._pack(number, text) for number, text in enumerate(packs, start=1)],
        )
        self.session.add(backup)
        self.session.flush()
        return backup

    def index(self, backup: Backup) -> str:
        """Give a backup the sealed list of its names, and return its digest."""
        data = pack_of(f"names of {backup.number}")
        digest = sha256(data).hexdigest()
        self.storage.put_index([data], digest=digest)
        backup.index_digest, backup.index_sealed_to = digest, ""
        self.session.flush()
        return digest

    def lies(self, text: str) -> bool:
        """Tell whether the store has the pack with this text."""
        return self.storage.size_of(name_of(text)) is not None

    def manifest_lies(self, backup: Backup) -> bool:
        return self.storage.size_of(manifest_name(backup.manifest_digest or "")) is not None

    def _manifest(self, name: str) -> str:
        digest = sha256(name.encode()).hexdigest()
        self.storage.put_manifest([name.encode()], digest=digest)
        return digest

    def _pack(self, number: int, text: str) -> BackupPack:
        data = pack_of(text)
        digest = sha256(data).hexdigest()
        self.storage.put_pack([data], digest=digest, size=len(data))
        return BackupPack(
            id=uuid4(), number=number, digest=digest, size=len(data), stored_at=now(), sealed_to=""
        )


def name_of(text: str) -> str:
    return pack_name(sha256(pack_of(text)).hexdigest())
