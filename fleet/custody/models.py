"""Who holds what, and the papers of its coming back: certificates, waivers, declarations."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.models import Account
from fleet.contracts.custody import CheckName, Thing
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.sims.models import Sim


def _one_open(column: str) -> Index:
    """Return the index by which the database itself allows one open holding of a thing."""
    is_open = text("returned_at IS NULL")
    return Index(
        f"uq_holding_open_{column.removesuffix('_id')}",
        column,
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


class Holding(Base):
    """A phone, SIM or account in somebody's hands, from its issue until it is returned."""

    __tablename__ = "holding"
    __trail__ = (
        "thing",
        "device_id",
        "sim_id",
        "account_id",
        "employee_id",
        "issued_at",
        "issued_by",
        "exception",
        "due_on",
        "returned_at",
        "returned_by",
    )
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="exactly_one_thing",
        ),
        _one_open("device_id"),
        _one_open("sim_id"),
        _one_open("account_id"),
        Index(None, "employee_id", "returned_at"),
        Index(
            "ix_holding_due",
            "due_on",
            "id",
            sqlite_where=text("due_on IS NOT NULL AND returned_at IS NULL"),
            postgresql_where=text("due_on IS NOT NULL AND returned_at IS NULL"),
        ),
    )

    thing: Mapped[Thing] = mapped_column(stored_as_values(Thing))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    exception: Mapped[str | None]  # why the holder may have another account of its kind
    due_on: Mapped[date | None]  # a loan is to be given back by then
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None]

    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    account: Mapped[Account | None] = relationship()
    employee: Mapped[Employee] = relationship()

    @property
    def name(self) -> str:
        """Return what people call the thing: tag, number or handle."""
        if self.device is not None:
            return self.device.tag
        if self.sim is not None:
            return self.sim.number
        return self.account.handle if self.account is not None else ""

    def close(self, at: datetime, by: str) -> None:
        self.returned_at, self.returned_by = at, by


class Certificate(Base):
    """The paper of a phone's coming back, with the checks as they stood; never changed."""

    __tablename__ = "certificate"
    __trail__ = ("number", "device_id", "employee_id", "accepted_by", "accepted_at", "witness")
    __untold__ = {"bulky": ("checks",)}

    number: Mapped[str] = mapped_column(unique=True)  # CC-2026-001
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[str]
    witness: Mapped[str | None]
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    device: Mapped[Device] = relationship()
    employee: Mapped[Employee | None] = relationship()


class Waiver(Base):
    """A check of the gate that somebody entitled to it has let pass, and why."""

    __tablename__ = "waiver"
    __trail__ = ("device_id", "check_name", "reason", "by", "at")
    __table_args__ = (Index(None, "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    check_name: Mapped[CheckName] = mapped_column(stored_as_values(CheckName))
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class Declaration(Base):
    """A person's word on a check of the gate that the phone did not answer."""

    __tablename__ = "declaration"
    __trail__ = ("device_id", "check_name", "note", "by", "at")
    __table_args__ = (Index(None, "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    check_name: Mapped[CheckName] = mapped_column(stored_as_values(CheckName))
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
