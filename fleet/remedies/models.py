"""Remedies that stations carry out, and the company's files that they update apps from."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.backups.storage import apk_name
from fleet.compliance.models import Finding
from fleet.contracts.proof import Level
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyState
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.keeping.objects import Other
from fleet.search.saying import Said
from fleet.stations.models import Job


class Apk(Base):
    """A file of an app; what it is was read out of the file itself.

    `trusted_by`: nobody's terms and not most of the phones have this certificate, and somebody took
    it upon himself.
    """

    __tablename__ = "apk"
    __trail__ = (
        "digest",
        "package",
        "version_code",
        "version_name",
        "certificate",
        "trusted_by",
        "trusted_because",
        "removed_at",
        "removed_by",
    )
    __untold__ = {"told by the event": ("size", "added_at", "added_by")}
    __table_args__ = (Index(None, "package", "version_code"),)

    digest: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    package: Mapped[str]
    version_code: Mapped[int] = mapped_column(BigInteger)
    version_name: Mapped[str | None]
    certificate: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    trusted_by: Mapped[str | None]
    trusted_because: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]

    @property
    def version(self) -> str:
        return self.version_name or str(self.version_code)


# As `keeping` looks for it in the storage.
STORED_APKS: Final = Other("apks", Apk.digest, Apk.size, Apk.removed_at.is_(None), apk_name)


class Remedy(Base):
    """What is done on a phone by a station, for a finding or because somebody asked.

    `target` is what two remedies cannot be at once: the same app for the same user, or the doors of
    one phone. `undo` is what the phone said takes it back, `before` to what it is put back.
    """

    __tablename__ = "remedy"
    __trail__ = (
        "number",
        "device_id",
        "finding_id",
        "action",
        "package",
        "phone_user",
        "apk_id",
        "asked_by",
        "asked_because",
        "state",
        "level",
        "reason",
        "undo_of_id",
    )
    __untold__ = {
        "the proof, kept on its row": (
            "before",
            "after",
            "changed",
            "sentence",
            "word",
            "undo",
            "build",
            "digest",
        ),
        "derived": ("target", "job_id", "planned_at", "ended_at"),
    }
    __table_args__ = (
        Index(
            "uq_remedy_live",
            "device_id",
            "target",
            unique=True,
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
        Index(None, "device_id", "planned_at"),
        Index(None, "finding_id"),
        Index(None, "apk_id"),
        Index(None, "undo_of_id"),
    )
    __search__ = {"number": Said.HANDLE}

    number: Mapped[str] = mapped_column(unique=True)  # RM-2026-001
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    finding_id: Mapped[UUID | None] = mapped_column(ForeignKey("finding.id"))
    action: Mapped[RemedyAction] = mapped_column(stored_as_values(RemedyAction))
    package: Mapped[str | None]
    phone_user: Mapped[int] = mapped_column(default=0)
    target: Mapped[str]
    apk_id: Mapped[UUID | None] = mapped_column(ForeignKey("apk.id"))
    asked_by: Mapped[str]
    asked_because: Mapped[str | None]
    state: Mapped[RemedyState] = mapped_column(stored_as_values(RemedyState))
    planned_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), unique=True)
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    changed: Mapped[bool | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None]
    sentence: Mapped[str | None]
    word: Mapped[str | None]
    undo: Mapped[RemedyAction | None] = mapped_column(stored_as_values(RemedyAction))
    build: Mapped[str | None]
    digest: Mapped[str | None]
    undo_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("remedy.id"))

    device: Mapped[Device] = relationship()
    finding: Mapped[Finding | None] = relationship()
    apk: Mapped[Apk | None] = relationship()
    job: Mapped[Job] = relationship()
    undo_of: Mapped["Remedy | None"] = relationship(remote_side="Remedy.id")
