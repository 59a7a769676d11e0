"""The recycle bin: records as they were, until somebody restores them or their time is over."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.audit.events import masked
from fleet.contracts.bin import RecordKind, WentBy
from fleet.database import Base, stored_as_values
from fleet.vault.models import told


class BinEntry(Base):
    """A record that is in its register no more. `content` are its rows by table, as they were.

    Of a merge: `moved` are the rows that belong to `into` since, `before` what `into` said itself
    where it says something else now.
    """

    __tablename__ = "bin_entry"
    __trail__ = ("number", "kind", "name", "why", "into", "reason", "by", "at", "until")
    __masked__ = {"name": told, "into": told}
    __untold__ = {
        "personal, and told by the event": ("also",),
        "bulky": ("content", "moved", "before"),
        "derived": ("row_id", "into_id"),
    }
    __table_args__ = (CheckConstraint("(why = 'merged') = (into_id IS NOT NULL)", name="led_on"),)

    number: Mapped[str] = mapped_column(unique=True)  # BIN-0001
    kind: Mapped[RecordKind] = mapped_column(stored_as_values(RecordKind), index=True)
    name: Mapped[str] = mapped_column(index=True)
    also: Mapped[str | None]
    row_id: Mapped[UUID] = mapped_column(index=True)
    why: Mapped[WentBy] = mapped_column(stored_as_values(WentBy))
    into: Mapped[str | None]
    into_id: Mapped[UUID | None] = mapped_column(index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[date] = mapped_column(index=True)
    content: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(JSON, deferred=True)
    moved: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # table, column, ids
    before: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict)  # field: was, is


def said(kind: RecordKind, name: str) -> str:
    """Return what the trail calls a record: a phone number is masked."""
    return masked(name) if kind is RecordKind.SIM else name
