"""Backups of phones: what was asked, what was stored, and what the manifest says of every file."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.backups import UNDER_WAY, Assurance, BackupState
from fleet.contracts.keeping import Purpose
from fleet.contracts.offline import Why
from fleet.contracts.plans import How, Source
from fleet.contracts.proof import Level
from fleet.contracts.sheets import Attested, SourceFound
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.keys.sealed import SealedColumn, sealed
from fleet.people.models import Employee
from fleet.search.saying import Said
from fleet.stations.models import Job, Station

GOING: Final = frozenset({BackupState.DELETING, BackupState.DELETED})
GONE_WRONG: Final = frozenset({BackupState.DAMAGED})


class Backup(Base):
    """`reasons` say why it is not complete, or what is missing in one that is.

    `started_at` is the manifest's, when the phone was listed first; `ended_at` when this server
    heard of the end. `base` is the backup it goes on from: what was equal there and is as it was is
    not stored again.
    """

    __tablename__ = "backup"
    __trail__ = (
        "number",
        "device_id",
        "holder_id",
        "station_id",
        "asked",
        "purpose",
        "roots",
        "excludes",
        "recipients",
        "state",
        "level",
        "reasons",
        "files",
        "stored",
        "changed",
        "missing",
        "bytes",
        "manifest_digest",
        "index_digest",
        "base_id",
        "carried",
        "uncompared",
        "compare",
        "sealed_by",
        "seal_digest",
        "tested_at",
        "tested_by",
        "tested_files",
        "spaces",
    )
    __untold__ = {
        "told by the event": ("planned_at", "started_at", "ended_at", "job_id"),
        "how far from the last full one": ("chain",),
        "bulky: versions of plans are in the trail": ("sources",),
        "bulky: judged from the manifest, whose digest is told": ("found",),
        "told by the events of resealing": ("index_sealed_to", "index_first_digest"),
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (
        # A backup without a manifest accounts for nothing.
        CheckConstraint("state <> 'complete' OR manifest_digest IS NOT NULL", name="accounted_for"),
        CheckConstraint(
            "(index_digest IS NULL) = (index_sealed_to IS NULL)", name="index_sealed_to_known"
        ),
        Index(None, "device_id", "state"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # BK-2026-0001
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    asked: Mapped[str]  # why it was planned
    purpose: Mapped[Purpose] = mapped_column(stored_as_values(Purpose), default=Purpose.ROUTINE)
    roots: Mapped[list[str]] = mapped_column(JSON)
    excludes: Mapped[list[str]] = mapped_column(JSON)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[BackupState] = mapped_column(
        stored_as_values(BackupState), default=BackupState.PLANNED
    )
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    files: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    manifest_digest: Mapped[str | None] = mapped_column(index=True)
    # The sealed list of names; None in backups of old.
    index_digest: Mapped[str | None] = mapped_column(index=True)
    index_sealed_to: Mapped[str | None] = mapped_column(index=True)
    index_first_digest: Mapped[str | None]  # once it was sealed anew: what the manifest calls it
    base_id: Mapped[UUID | None] = mapped_column(ForeignKey("backup.id"), index=True)
    chain: Mapped[int] = mapped_column(default=0)  # backups since the last full one
    carried: Mapped[int] = mapped_column(default=0)
    uncompared: Mapped[int] = mapped_column(default=0)
    compare: Mapped[int] = mapped_column(default=100)  # percent of the carried, as asked then
    seal_digest: Mapped[str | None] = mapped_column(index=True)
    sealed_by: Mapped[str | None]  # whose signature was checked and countersigned
    tested_at: Mapped[datetime | None]  # a sample of it was restored, and was as it should be
    tested_by: Mapped[str | None]
    tested_files: Mapped[int] = mapped_column(default=0)
    # What the plan had at the time, where the phone is known to have storage, and what was found.
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    spaces: Mapped[list[str]] = mapped_column(JSON, default=list)
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    device: Mapped[Device] = relationship()
    holder: Mapped[Employee | None] = relationship()
    job: Mapped[Job | None] = relationship()
    station: Mapped[Station | None] = relationship()
    base: Mapped["Backup | None"] = relationship(remote_side="Backup.id")
    packs: Mapped[list["BackupPack"]] = relationship(
        back_populates="backup", order_by="BackupPack.number", cascade="all, delete-orphan"
    )

    @property
    def asked_sources(self) -> list[Source]:
        return [Source.model_validate(one) for one in self.sources]

    @property
    def found_sources(self) -> list[SourceFound]:
        return [SourceFound.model_validate(one) for one in self.found]

    @property
    def is_live(self) -> bool:
        return self.state in {BackupState.PLANNED, BackupState.RUNNING}

    @property
    def is_under_way(self) -> bool:
        """Whether it is live, or paused and may be so again."""
        return self.state in UNDER_WAY

    @property
    def is_settled(self) -> bool:
        """Tell whether it has been complete: what is heard of it later changes nothing."""
        return self.state in {BackupState.COMPLETE, BackupState.CANCELLED, *GONE_WRONG, *GOING}

    @property
    def is_going(self) -> bool:
        return self.state in GOING

    @property
    def assurance(self) -> Assurance:
        if self.state is not BackupState.COMPLETE:
            return Assurance.NONE
        if self.tested_at is not None:
            return Assurance.TEST_RESTORED
        return Assurance.PRESENT if self.uncompared else Assurance.HASHED

    @property
    def stored_bytes(self) -> int:
        return sum(pack.size for pack in self.packs)


class BackupPack(Base):
    """One pack in storage, counted from 1; its name there is its digest.

    `sealed_to` names the keys that open it. `first_digest` is set once it was sealed anew: the
    manifest goes on calling it so.
    """

    __tablename__ = "backup_pack"
    __untold__ = {
        "bulky: the manifest lists every pack": (
            "backup_id",
            "number",
            "digest",
            "size",
            "stored_at",
            "sealed_to",
            "first_digest",
        )
    }
    __table_args__ = (UniqueConstraint("backup_id", "number"),)

    backup_id: Mapped[UUID] = mapped_column(ForeignKey("backup.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime]
    sealed_to: Mapped[str] = mapped_column(index=True)
    first_digest: Mapped[str | None]

    backup: Mapped[Backup] = relationship(back_populates="packs")

    def __repr__(self) -> str:
        return f"BackupPack({self.number}, {self.digest[:12]}…, {self.size})"


class BackupNames(Base):
    """The key that blinds the names of a phone's files in its manifests; the same in all of them.

    With another one no file would be found again, and all of it were stored once more.
    """

    __tablename__ = "backup_names"
    __untold__ = {"a secret that nobody decides on": ("device_id", "sealed")}

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), unique=True)
    sealed: Mapped[str]  # 32 bytes, hexadecimal, in the vault's envelope


class ChatAttestation(Base):
    """What a person says he did for the chats of a phone; another one who saw it confirms."""

    __tablename__ = "chat_attestation"
    __trail__ = ("device_id", "what", "how", "note", "said_by", "witnessed_by")
    __untold__ = {"told by the event": ("said_by_id", "said_at", "witnessed_by_id", "witnessed_at")}
    __table_args__ = (Index(None, "device_id", "said_at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    what: Mapped[Attested] = mapped_column(stored_as_values(Attested))
    how: Mapped[How] = mapped_column(stored_as_values(How))
    note: Mapped[str]
    said_by: Mapped[str]
    said_by_id: Mapped[UUID]
    said_at: Mapped[datetime]
    witnessed_by: Mapped[str | None]
    witnessed_by_id: Mapped[UUID | None]
    witnessed_at: Mapped[datetime | None]

    device: Mapped[Device] = relationship()


class BegunBackup(Base):
    """What became of a backup that a station began without the server: said once, and kept.

    Its id is the station's own, as is `job_id`; `backup_id` is the same where it was adopted.
    `details` fill the blanks of the refusal's sentence.
    """

    __tablename__ = "begun_backup"
    __trail__ = ("station_id", "device_id", "backup_id", "why", "said_by", "refusal")
    __untold__ = {
        "told by the event": ("begun_at", "heard_at", "serial"),
        "names what was never made": ("job_id",),
        "the fields of the refusal that is told": ("details",),
    }

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"), index=True)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    backup_id: Mapped[UUID | None] = mapped_column(ForeignKey("backup.id"), index=True)
    job_id: Mapped[UUID]
    serial: Mapped[str]
    begun_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    why: Mapped[Why] = mapped_column(stored_as_values(Why))
    said_by: Mapped[str | None]  # who asked for it, as the station's machine calls him
    refusal: Mapped[str | None]  # its code
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    station: Mapped[Station] = relationship()
    device: Mapped[Device | None] = relationship()
    backup: Mapped[Backup | None] = relationship()


def names_context(device_id: UUID) -> str:
    """Name the place that a sealed name key belongs to."""
    return f"backup-names:{device_id}"


sealed(
    SealedColumn(BackupNames, "sealed", ("device_id",), lambda row: names_context(row.device_id))
)
