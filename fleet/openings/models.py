"""Openings of backups, and what of them was sealed anew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.access.asking import AskedForATime
from fleet.backups.models import Backup
from fleet.contracts.openings import OpeningPurpose, OpeningState, SealedKind
from fleet.contracts.proof import Level
from fleet.database import Base, stored_as_values
from fleet.search.saying import Said


class Opening(AskedForATime, Base):
    """Somebody asks to read a backup, or all of them to reseal them; another person approves."""

    __tablename__ = "backup_opening"
    __trail__ = (
        "number",
        "backup_id",
        "purpose",
        "paths",
        "reason",
        "state",
        "emergency",
        "asked_by",
        "until",
        "decided_by",
        "note",
        "closed_at",
    )
    __untold__ = {
        "derived": ("asked_by_id", "asked_at", "decided_at", "revision"),
        "each is an entry of its own": ("fetched", "last_fetched_at"),
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (
        CheckConstraint("(purpose = 'reseal') = (backup_id IS NULL)", name="of_one_backup"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # OP-2026-0001
    backup_id: Mapped[UUID | None] = mapped_column(ForeignKey("backup.id"), index=True)
    purpose: Mapped[OpeningPurpose] = mapped_column(stored_as_values(OpeningPurpose))
    paths: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[OpeningState] = mapped_column(stored_as_values(OpeningState), index=True)
    emergency: Mapped[bool] = mapped_column(default=False)
    fetched: Mapped[int] = mapped_column(default=0)
    last_fetched_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column()

    backup: Mapped[Backup | None] = relationship()

    # Two decisions at once: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    def standing(self, at: datetime) -> OpeningState:
        return self.as_of(self.state, at)


class Resealing(Base):
    """One object in storage that took the place of another, with the same content.

    Manifests go on calling it `first`: what it was called when the station stored it.
    """

    __tablename__ = "resealing"
    __untold__ = {
        "told by the event": (
            "opening_id",
            "kind",
            "before",
            "after",
            "first",
            "plain",
            "sealed_before",
            "sealed_after",
            "level",
            "resealed_by",
            "resealed_at",
            "settled_at",
        )
    }

    opening_id: Mapped[UUID] = mapped_column(ForeignKey("backup_opening.id"), index=True)
    kind: Mapped[SealedKind] = mapped_column(stored_as_values(SealedKind))
    before: Mapped[str] = mapped_column(unique=True)
    after: Mapped[str] = mapped_column(unique=True)
    first: Mapped[str] = mapped_column(index=True)
    plain: Mapped[str]
    sealed_before: Mapped[str]
    sealed_after: Mapped[str]
    level: Mapped[Level] = mapped_column(stored_as_values(Level))
    resealed_by: Mapped[str]
    resealed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)

    opening: Mapped[Opening] = relationship()
