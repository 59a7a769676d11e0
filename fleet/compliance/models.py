"""Findings, and the checks of a PIN that lead to the first of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.findings import CheckResult, Rule
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.stations.models import Job
from fleet.vault.models import CredentialVersion


class Finding(Base):
    """A rule that a phone was seen to break; it closes by itself once the phone shows otherwise.

    `since` is when all was last seen to be well: what happened, happened after that.
    `by_a_station`: a station off the network, never heard of, may have changed the PIN.
    """

    __tablename__ = "finding"
    __trail__ = ("number", "rule", "device_id", "opened_at", "closed_at", "closed_because")
    __untold__ = {"the proof, kept on its row": ("since", "by_a_station", "digest")}
    __table_args__ = (
        Index(
            "uq_finding_open",
            "device_id",
            "rule",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)  # FD-2026-001
    rule: Mapped[Rule] = mapped_column(stored_as_values(Rule))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    since: Mapped[datetime | None]
    by_a_station: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None]

    device: Mapped[Device] = relationship()

    @property
    def began(self) -> datetime:
        """Return since when what it tells of may be so."""
        return self.since or self.opened_at


class PinCheck(Base):
    """One time that a phone was to be asked whether `version` opens it.

    `tried`: the value went along with the job; otherwise free questions alone were asked.
    """

    __tablename__ = "pin_check"
    __trail__ = ("device_id", "version_id", "asked_by", "tried", "result", "reason")
    __untold__ = {
        "the proof, kept on its row": ("steps", "wrong_attempts", "build", "digest"),
        "derived": ("job_id", "planned_at", "ended_at"),
    }
    __table_args__ = (Index(None, "device_id", "planned_at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("credential_version.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), unique=True)
    asked_by: Mapped[str | None]  # None: a visit led to it
    planned_at: Mapped[datetime]
    tried: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]
    result: Mapped[CheckResult | None] = mapped_column(stored_as_values(CheckResult))
    reason: Mapped[str | None]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    wrong_attempts: Mapped[int] = mapped_column(default=0)
    build: Mapped[str | None]
    digest: Mapped[str | None]

    device: Mapped[Device] = relationship()
    version: Mapped[CredentialVersion] = relationship()
    job: Mapped[Job] = relationship()
