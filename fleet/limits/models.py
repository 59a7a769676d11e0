"""Counters that every server process shares."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from fleet.database import Base


class RateCounter(Base):
    """How often something was asked in a window of time that ends at `ends_at`."""

    __tablename__ = "rate_counter"
    __untold__ = {"no decision of anybody": ("key", "count", "ends_at")}

    key: Mapped[str] = mapped_column(unique=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
