"""Versions of plans that were made here: rows are added and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fleet.contracts.plans import Plan
from fleet.database import Base


class PlanVersion(Base):
    """One version; `number` goes on from that of the one that came with the product."""

    __tablename__ = "plan_version"
    __trail__ = ("name", "number", "reason")
    __untold__ = {"bulky: its digest is in the event": ("content",)} | {
        "told by the event": ("made_at", "made_by")
    }
    __table_args__ = (UniqueConstraint("name", "number"),)

    name: Mapped[str]
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]

    @property
    def plan(self) -> Plan:
        return Plan.model_validate(self.content)
