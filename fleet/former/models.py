"""Handles of records that became part of others: whoever looks for one is led there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from fleet.contracts.bin import RecordKind
from fleet.database import Base, stored_as_values


class FormerName(Base):
    """`row_id` is the record that goes by `name` no more, and answers to it all the same."""

    __tablename__ = "former_name"
    __untold__ = {"told by the merge": ("kind", "name", "row_id", "entry_id", "since")}
    __table_args__ = (Index(None, "kind", "name"),)

    kind: Mapped[RecordKind] = mapped_column(stored_as_values(RecordKind))
    name: Mapped[str]
    row_id: Mapped[UUID] = mapped_column(index=True)
    entry_id: Mapped[UUID] = mapped_column(index=True)  # of the merge, in the bin
    since: Mapped[datetime]
