"""Findings, the terms they are judged by, and the checks of PINs that lead to some of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.findings import CheckResult, Rule, Severity
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.models import Department, Employee
from fleet.search.saying import Said
from fleet.stations.models import Job
from fleet.vault.models import CredentialVersion


class Finding(Base):
    """A rule that a phone was seen to break; it closes by itself once the phone shows otherwise.

    `since` is when all was last seen to be well: what happened, happened after that.
    `by_a_station`: a station off the network, never heard of, may have changed the PIN.
    `owner` is to see to it, or the desk where there is none. `seen` and `digest` are of the visit
    that opened it or saw it last, `closed_digest` of the one that closed it.
    """

    __tablename__ = "finding"
    __trail__ = (
        "number",
        "rule",
        "device_id",
        "severity",
        "owner_id",
        "opened_at",
        "due_at",
        "waived_until",
        "waived_by",
        "waived_because",
        "closed_at",
        "closed_because",
    )
    __untold__ = {
        "the proof, kept on its row": ("since", "by_a_station", "digest", "seen", "closed_digest")
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (
        Index(
            "uq_finding_open",
            "device_id",
            "rule",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CheckConstraint(
            "(waived_until IS NULL) = (waived_by IS NULL)"
            " AND (waived_until IS NULL) = (waived_because IS NULL)",
            name="waived_with_a_reason",
        ),
        Index(None, "closed_at"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # FD-2026-001
    rule: Mapped[Rule] = mapped_column(stored_as_values(Rule))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    severity: Mapped[Severity] = mapped_column(stored_as_values(Severity))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    since: Mapped[datetime | None]
    by_a_station: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    digest: Mapped[str | None]
    waived_until: Mapped[datetime | None]
    waived_by: Mapped[str | None]
    waived_because: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None]
    closed_digest: Mapped[str | None]

    device: Mapped[Device] = relationship()
    owner: Mapped[Employee | None] = relationship()

    @property
    def began(self) -> datetime:
        """Return since when what it tells of may be so."""
        return self.since or self.opened_at


class Standing(Base):
    """Where a phone belongs, and what could not be told of it, when it was last judged."""

    __tablename__ = "phone_standing"
    __untold__ = {"derived": ("device_id", "department_id", "judged_at", "not_known")}

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), unique=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    judged_at: Mapped[datetime] = mapped_column(index=True)
    not_known: Mapped[list[str]] = mapped_column(JSON, default=list)


class CompliancePolicy(Base):
    """What is demanded in a department and beneath it, from a moment on: added, never changed.

    `content` says what differs from what holds above; without a department: in the whole company.
    """

    __tablename__ = "compliance_policy"
    __trail__ = ("department_id", "effective_from", "reason", "content")
    __untold__ = {"told by the event": ("set_at", "set_by")}
    __table_args__ = (Index(None, "department_id", "effective_from"),)

    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    effective_from: Mapped[datetime]
    set_at: Mapped[datetime]
    set_by: Mapped[str]
    reason: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)

    department: Mapped[Department | None] = relationship()


class AppSigner(Base):
    """Whose certificate an app of work has on a phone, as a visit saw it."""

    __tablename__ = "app_signer"
    __untold__ = {"what a visit saw": ("device_id", "package", "signer")}
    __table_args__ = (UniqueConstraint("device_id", "package"), Index(None, "package", "signer"))

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    package: Mapped[str]
    signer: Mapped[str]


class UsualSigner(Base):
    """The certificate that an app has on most of the phones, as last counted."""

    __tablename__ = "usual_signer"
    __untold__ = {"derived": ("package", "signer", "phones")}

    package: Mapped[str] = mapped_column(unique=True)
    signer: Mapped[str]
    phones: Mapped[int]


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
