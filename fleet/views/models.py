"""Saved views."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base


class SavedView(Base):
    """What somebody asks of a list again and again; `owner` is his user name."""

    __tablename__ = "saved_view"
    __trail__ = ("name", "list", "owner", "shared")
    __untold__ = {
        "somebody's name or number may be looked for": ("query",),
        "told by the event": ("owner_id", "saved_at"),
    }
    __table_args__ = (UniqueConstraint("owner_id", "name"), Index(None, "name"))

    name: Mapped[str]
    list: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    owner_id: Mapped[UUID]
    owner: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    saved_at: Mapped[datetime]
