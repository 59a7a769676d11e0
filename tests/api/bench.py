"""A station that was asked to back up a phone, and what it sends."""

import io
import json
from dataclasses import dataclass
from hashlib import sha256

import pytest
import zstandard

from api.client import Client, Refused
from fleet.contracts.access import Role
from fleet.contracts.backups import (
    BackupOut,
    BackupOutcome,
    ManifestHead,
)
from fleet.contracts.clock import now
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.openings import OpeningIn, OpeningPurpose
from fleet.contracts.plans import SourceLine, SourceState
from fleet.contracts.stations import JobDone, Lease, Report, SyncIn
from tests.factories import FOUNDER
from tests.seals import sealed

PACK = b"age-encryption.org/v1\n" + bytes(range(256)) * 5000  # more than one piece
DIGEST = sha256(PACK).hexdigest()
INDEX = b"age-encryption.org/v1\n" + b"names"
INDEX_DIGEST = sha256(INDEX).hexdigest()


@dataclass
class Bench:
    """A station with one phone that it has been asked to back up."""

    station: Client
    operator: Client
    backup: BackupOut
    lease: Lease
    serial: str
    sequence: int = 1

    def put(self, content: bytes = PACK, *, number: int = 1, **claimed: object):
        given = {"size": len(content), "digest": sha256(content).hexdigest(), **claimed}
        return self.station.put_pack(self.backup.id, number, io.BytesIO(content), **given)

    def put_manifest(self, content: bytes):
        digest = sha256(content).hexdigest()
        stored = io.BytesIO(content)
        return self.station.put_manifest(self.backup.id, stored, size=len(content), digest=digest)

    def put_index(self, content: bytes = INDEX):
        digest = sha256(content).hexdigest()
        stored = io.BytesIO(content)
        return self.station.put_index(self.backup.id, stored, size=len(content), digest=digest)

    def report(self, outcome: BackupOutcome):
        self.sequence += 1
        done = JobDone(job=self.lease.job, backup=outcome)
        report = Report(sequence=self.sequence, at=now(), body=done)
        return self.station.sync(SyncIn(reports=[report], present=[self.serial]))

    def finish(self, pack: str | None = None) -> str:
        """Store a pack (or name one that is) and a manifest, report the end, give its digest."""
        manifest = manifest_of(self.lease, pack or self.put().digest)
        self.put_index()
        digest = self.put_manifest(manifest).digest
        self.end(digest)
        return digest

    def end(self, digest: str) -> None:
        """Report a backup that is complete by its manifest, signed."""
        seal = sealed(self.backup.id, self.serial, digest, INDEX_DIGEST)
        self.report(
            BackupOutcome(backup=self.backup.id, state="complete", manifest=digest, seal=seal)
        )


def manifest_of(lease: Lease, pack: str = DIGEST) -> bytes:
    head = ManifestHead(
        backup=lease.task.backup,
        serial=lease.serial,
        build="b",
        roots=lease.task.roots,
        excludes=lease.task.excludes,
        started_at=now(),
        ended_at=now(),
        listed=1,
        relisted=1,
        packs=[pack],
        index=INDEX_DIGEST,
        sources=[_said(one.id) for one in lease.task.sources],
    )
    file = {
        "source": "shared",
        "key": "a" * 32,
        "size": 1,
        "mtime": 0,
        "state": "stored",
        "pack": 1,
    }
    file |= dict.fromkeys(("sha256", "phone_sha256"), "0" * 64)
    return zstandard.compress(f"{head.model_dump_json()}\n{json.dumps(file)}\n".encode())


def open_up(client, backup: str, asker: str = FOUNDER) -> str:
    """Have an opening asked for and approved by another person, and return its number."""
    asked = OpeningIn(backup=backup, purpose=OpeningPurpose.DRILL, reason="of the test")
    number = client(asker).ask_opening(asked).number
    return client(Role.SECURITY).approve_opening(number, DecisionIn(note="of the test")).number


def _said(source: str) -> SourceLine:
    """Say that there is something of what else is in shared storage, and of nothing besides."""
    taken = source == "shared"
    return SourceLine(source=source, state=SourceState.TAKEN if taken else SourceState.ABSENT)


def refused(call, *given, **named) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given, **named)
    return refusal.value
