"""Leaving cases: everything a person holds comes back, is changed or handed on, by a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.custody.models import Holding
from fleet.database import Base
from fleet.people.models import Employee
from fleet.search.saying import Said


class LeavingCase(Base):
    """`by` is the day the person leaves; the case closes itself when nothing is held any more."""

    __tablename__ = "leaving_case"
    __trail__ = (
        "number",
        "employee_id",
        "successor_id",
        "by",
        "opened_by",
        "opened_at",
        "closed_at",
    )
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (
        Index(
            "uq_leaving_case_open",
            "employee_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)  # LV-2026-001
    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"))
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    by: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]

    employee: Mapped[Employee] = relationship(foreign_keys=employee_id)
    successor: Mapped[Employee | None] = relationship(foreign_keys=successor_id)
    items: Mapped[list["LeavingItem"]] = relationship(order_by="LeavingItem.place")


class LeavingItem(Base):
    """One thing the person held as the case was opened; its steps stay in view once it is back."""

    __tablename__ = "leaving_item"
    __trail__ = ("case_id", "holding_id")
    __untold__ = {"derived": ("place",)}

    case_id: Mapped[UUID] = mapped_column(ForeignKey("leaving_case.id"), index=True)
    holding_id: Mapped[UUID] = mapped_column(ForeignKey("holding.id"), index=True)
    place: Mapped[int]

    holding: Mapped[Holding] = relationship()
