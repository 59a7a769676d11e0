"""Departments and the people in them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.database import Base, stored_as_values
from fleet.search.saying import Said


class Status(StrEnum):
    ACTIVE = "active"
    LEAVING = "leaving"
    LEFT = "left"


class Department(Base):
    """A part of the company; `head` answers for what is done with its phones and accounts."""

    __tablename__ = "department"
    __trail__ = ("code", "name", "parent_id", "head_id")
    __search__ = {"code": Said.HANDLE, "name": Said.NAME}

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    head_id: Mapped[UUID | None] = mapped_column(
        # The two tables point at each other: this one is added when both stand.
        ForeignKey("employee.id", use_alter=True, name="fk_department_head_id")
    )

    parent: Mapped["Department | None"] = relationship(remote_side="Department.id")
    head: Mapped["Employee | None"] = relationship(foreign_keys=head_id, post_update=True)


class Employee(Base):
    """Somebody who can hold a phone, a SIM or an account."""

    __tablename__ = "employee"
    __trail__ = ("number", "name", "department_id", "position", "status", "joined_on", "leaves_on")
    __search__ = {"number": Said.HANDLE, "name": Said.NAME}
    __table_args__ = (
        Index(None, "department_id", "number"),
        Index(None, "status", "number"),
        Index(None, "name", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    position: Mapped[str | None]
    status: Mapped[Status] = mapped_column(stored_as_values(Status), default=Status.ACTIVE)
    joined_on: Mapped[date | None]
    leaves_on: Mapped[date | None]

    department: Mapped[Department] = relationship(foreign_keys=department_id)
