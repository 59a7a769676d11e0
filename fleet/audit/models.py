"""The audit trail's rows: added, chained by hash, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from fleet.contracts.checkpoints import CheckpointOut
from fleet.database import Base


class AuditEntry(Base):
    """One thing that happened; the names are kept so that the line still reads in five years."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "actor_name", "sequence"),
        Index(None, "event", "sequence"),
        Index(None, "subject_name", "sequence"),
        Index(None, "at"),
    )
    __untold__ = {"it is the trail itself": ("*",)}

    sequence: Mapped[int] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(index=True)
    actor_name: Mapped[str]
    actor_kind: Mapped[str | None]  # this and the next: nothing in entries from before they were
    actor_role: Mapped[str | None]
    on_behalf: Mapped[str | None]
    event: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    subject_name: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    # "table.column": [before, after]; empty where a verb changed nothing but its own record.
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    request_id: Mapped[str | None]
    source_address: Mapped[str | None]
    previous: Mapped[str]  # hash of the entry before
    hash: Mapped[str]


class AuditHead(Base):
    """The single row that says how long the trail is: a cut tail leaves no gap to be seen."""

    __tablename__ = "audit_head"
    __untold__ = {"it is the trail itself": ("*",)}
    __table_args__ = (CheckConstraint("entries >= 0", name="not_negative"),)

    entries: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]


class AuditCheckpoint(Base):
    """A signed word on the trail at one entry; `pruned` ones are where the trail begins today."""

    __tablename__ = "audit_checkpoint"
    __untold__ = {"it is the trail itself": ("*",)}

    kind: Mapped[str]  # regular, pruned
    sequence: Mapped[int] = mapped_column(BigInteger, index=True)
    hash: Mapped[str]
    at: Mapped[datetime]
    key: Mapped[str]
    signature: Mapped[str]

    @property
    def said(self) -> CheckpointOut:
        return CheckpointOut.model_validate(self)
