"""Papers as they were made, who is to sign them, who has, and scans of what was signed with ink."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.papers import (
    Content,
    PaperKind,
    PaperRole,
    PaperState,
    SignedHow,
    digest_of,
)
from fleet.contracts.proof import Level
from fleet.database import Base, stored_as_values
from fleet.keys.sealed import SealedColumn, sealed
from fleet.papers.events import About
from fleet.people.models import Employee
from fleet.shipped import VersionMade
from fleet.vault.models import told


class Paper(Base):
    """What it says is never changed; a newer one of the same thing takes its place."""

    __tablename__ = "paper"
    __trail__ = ("number", "kind", "subject", "digest", "replaced_by_id", "voided_by")
    __masked__ = {"subject": told}
    __untold__ = {
        "bulky, and held by its digest": ("content",),
        "a secret of the printed page": ("check",),
        "told by the event": ("made_at", "made_by", "voided_at", "void_reason"),
        "derived": ("revision",),
    }
    __table_args__ = (Index(None, "kind", "subject"),)

    number: Mapped[str] = mapped_column(unique=True)  # HO-2026-001
    kind: Mapped[PaperKind] = mapped_column(stored_as_values(PaperKind))
    subject: Mapped[str]
    check: Mapped[str] = mapped_column(unique=True)  # in the address of the QR code
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[str]
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper.id"))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    replaced_by: Mapped["Paper | None"] = relationship(remote_side="Paper.id")
    parties: Mapped[list["PaperParty"]] = relationship(order_by="PaperParty.place")
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.signed_at")
    scans: Mapped[list["PaperScan"]] = relationship(order_by="PaperScan.number")

    # Two people at one paper: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def state(self) -> PaperState:
        if self.voided_at is not None:
            return PaperState.VOID
        return PaperState.REPLACED if self.replaced_by_id else PaperState.VALID

    @property
    def said(self) -> Content:
        return Content.model_validate(self.content)

    @property
    def is_whole(self) -> bool:
        """Tell whether what is stored is still what the digest was made of."""
        made_at = self.made_at.astimezone(UTC)
        return digest_of(self.number, made_at, self.said.stored()) == self.digest

    @property
    def about(self) -> About:
        """Return what every event of it says."""
        return {
            "subject_id": self.id,
            "subject_name": self.number,
            "kind": self.kind,
            "of": told(self.subject),
        }

    def party(self, role: PaperRole) -> "PaperParty | None":
        return next((one for one in self.parties if one.role is role), None)

    def signature(self, role: PaperRole) -> "Signature | None":
        return next((one for one in self.signatures if one.role is role), None)


class PaperParty(Base):
    """Who is to sign in a role; without an employee: whoever holds that office."""

    __tablename__ = "paper_party"
    __trail__ = ("paper_id", "role", "employee_id")
    __untold__ = {"personal, and on the paper": ("name", "title"), "derived": ("place",)}
    __table_args__ = (UniqueConstraint("paper_id", "role"),)

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"))
    place: Mapped[int]
    role: Mapped[PaperRole] = mapped_column(stored_as_values(PaperRole))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    name: Mapped[str | None]
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)

    employee: Mapped[Employee | None] = relationship()


class PaperScan(Base):
    """A scan; its bytes lie in the storage, encrypted with a key that is sealed here."""

    __tablename__ = "paper_scan"
    __trail__ = ("paper_id", "number", "digest", "kind", "size")
    __untold__ = {
        "a secret": ("sealed",),
        "where its bytes lie": ("object", "cipher"),
        "told by the event": ("note", "added_at", "added_by"),
    }
    __table_args__ = (
        UniqueConstraint("paper_id", "number"),
        UniqueConstraint("paper_id", "digest"),
    )

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"))
    number: Mapped[int]
    digest: Mapped[str]  # of the file as it was sent
    size: Mapped[int]
    kind: Mapped[str]
    object: Mapped[str]  # digest of the encrypted bytes
    cipher: Mapped[str]
    sealed: Mapped[str]
    note: Mapped[str | None]
    added_at: Mapped[datetime]
    added_by: Mapped[str]


class Signature(Base):
    """That somebody signed what the digest is of; at most one for each role of a paper."""

    __tablename__ = "signature"
    __trail__ = ("paper_id", "role", "how", "level", "digest", "employee_id")
    __untold__ = {
        "personal, and on the paper": ("name", "drawing"),
        "told by the event": ("signed_at", "by", "by_id", "identity"),
        "derived": ("scan_id",),
    }
    __table_args__ = (UniqueConstraint("paper_id", "role"),)

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id"))
    role: Mapped[PaperRole] = mapped_column(stored_as_values(PaperRole))
    name: Mapped[str]
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    how: Mapped[SignedHow] = mapped_column(stored_as_values(SignedHow))
    level: Mapped[Level] = mapped_column(stored_as_values(Level))
    digest: Mapped[str]
    signed_at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[UUID]
    identity: Mapped[str | None]
    drawing: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    scan_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper_scan.id"))

    scan: Mapped[PaperScan | None] = relationship()


class PaperTextVersion(VersionMade):
    """A text of the company that papers carry, as it was made here."""

    __tablename__ = "paper_text_version"


def context_of(scan_id: UUID) -> str:
    """Name the place that the key of a scan belongs to."""
    return f"paper_scan:{scan_id}"


sealed(SealedColumn(PaperScan, "sealed", (), lambda row: context_of(row.id)))
