"""Departments and the people in them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.audit.events import masked
from fleet.contracts.people import PartnerState
from fleet.database import Base, stored_as_values
from fleet.search.saying import Said


class Status(StrEnum):
    ACTIVE = "active"
    LEAVING = "leaving"
    LEFT = "left"


class Department(Base):
    """A part of the company; `head` decides about its phones and accounts.

    `responsible` is the first responsible person (第一责任人): who answers for its groups (G9).
    """

    __tablename__ = "department"
    __trail__ = ("code", "name", "parent_id", "head_id", "responsible_id")
    __search__ = {"code": Said.HANDLE, "name": Said.NAME}

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    head_id: Mapped[UUID | None] = mapped_column(
        # The two tables point at each other: this one is added when both stand.
        ForeignKey("employee.id", use_alter=True, name="fk_department_head_id")
    )
    responsible_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("employee.id", use_alter=True, name="fk_department_responsible_id")
    )

    parent: Mapped["Department | None"] = relationship(remote_side="Department.id")
    head: Mapped["Employee | None"] = relationship(foreign_keys=head_id, post_update=True)
    responsible: Mapped["Employee | None"] = relationship(
        foreign_keys=responsible_id, post_update=True
    )


class Employee(Base):
    """Somebody who can hold a phone, a SIM or an account.

    `department` and `position` are the main post, held since `post_since`, or since joining: it
    decides who may see and who approves. Other posts, and those that are over, are rows of `Post`.
    """

    __tablename__ = "employee"
    __trail__ = (
        "number",
        "name",
        "department_id",
        "position",
        "post_since",
        "status",
        "joined_on",
        "leaves_on",
    )
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
    post_since: Mapped[date | None]
    status: Mapped[Status] = mapped_column(stored_as_values(Status), default=Status.ACTIVE)
    joined_on: Mapped[date | None]
    leaves_on: Mapped[date | None]

    department: Mapped[Department] = relationship(foreign_keys=department_id)


class Post(Base):
    """A post beside the main one, or one that is over; `main`: it was the main one."""

    __tablename__ = "post"
    __trail__ = ("employee_id", "department_id", "title", "main", "since", "until")
    __table_args__ = (
        CheckConstraint("NOT main OR until IS NOT NULL", name="main_one_is_the_employees"),
        CheckConstraint("until IS NULL OR since IS NULL OR until >= since", name="ends_after"),
        Index(
            "uq_post_open",
            "employee_id",
            "department_id",
            "title",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    title: Mapped[str]  # empty where nobody has named it: so that each stands once
    main: Mapped[bool] = mapped_column(default=False)
    since: Mapped[date | None]
    until: Mapped[date | None]

    employee: Mapped[Employee] = relationship()
    department: Mapped[Department] = relationship()


class Partner(Base):
    """A company whose people are in our groups (clause G13); `department` deals with it."""

    __tablename__ = "partner"
    __trail__ = ("name", "contact", "number", "department_id", "state", "state_since", "because")
    __masked__ = {"number": masked}

    name: Mapped[str] = mapped_column(unique=True)
    contact: Mapped[str | None]
    number: Mapped[str | None]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    state: Mapped[PartnerState] = mapped_column(
        stored_as_values(PartnerState), default=PartnerState.ACTIVE, index=True
    )
    state_since: Mapped[date]
    because: Mapped[str | None]  # why it was warned, ended or taken up again

    department: Mapped[Department | None] = relationship()
