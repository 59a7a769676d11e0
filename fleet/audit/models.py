"""The audit trail's rows: added, chained by hash, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base


class AuditEntry(Base):
    """One thing that happened; the names are kept so that the line still reads in five years."""

    __tablename__ = "audit_entry"

    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(index=True)
    actor_name: Mapped[str]
    on_behalf: Mapped[str | None]
    event: Mapped[str] = mapped_column(index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    subject_name: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_id: Mapped[str | None]
    source_address: Mapped[str | None]
    previous: Mapped[str]  # hash of the entry before
    hash: Mapped[str]


class AuditHead(Base):
    """The single row that says how long the trail is: a cut tail leaves no gap to be seen."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("entries >= 0", name="not_negative"),)

    entries: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
