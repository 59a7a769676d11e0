"""Applications, who approves them in turn, what is set aside for them, and kits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.models import Account
from fleet.applications.events import About
from fleet.applications.lifecycle import Move, after
from fleet.audit.events import masked
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import ApplicationState, Lapse, Signed, Term, Wants
from fleet.contracts.custody import Thing
from fleet.custody.queries import Held, thing_of
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.in_force import Version
from fleet.requests.waiting import Awaiting
from fleet.search.saying import Said
from fleet.sims.models import Sim


class Kit(Base):
    """What people of a kind of work are given together, under a name."""

    __tablename__ = "kit"
    __trail__ = ("name", "title", "wants", "set_by", "set_at")
    __search__ = {"name": Said.HANDLE, "title": Said.NAME}

    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    wants: Mapped[dict[str, Any]] = mapped_column(JSON)
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class ApplicationPolicy(Version, Base):
    """Who approves, how long things are set aside, and what is agreed to: added, never changed."""

    __tablename__ = "application_policy"
    __trail__ = (
        "term",
        "department_id",
        "effective_from",
        "reason",
        "inherits",
        "approvers",
        "decide_days",
        "hold_days",
        "valid_days",
        "name_format",
    )
    __untold__ = {"told by the event": ("set_at", "set_by"), "bulky": ("agreement",)}
    __table_args__ = (
        CheckConstraint("department_id IS NOT NULL OR NOT inherits", name="company_has_its_own"),
        Index(None, "term", "effective_from"),
    )

    term: Mapped[Term] = mapped_column(stored_as_values(Term))
    approvers: Mapped[list[str]] = mapped_column(JSON)
    decide_days: Mapped[int]
    hold_days: Mapped[int]
    valid_days: Mapped[int]
    name_format: Mapped[str]
    agreement: Mapped[str | None] = mapped_column(Text)  # None: the text of the product


class Application(Awaiting, Base):
    """Somebody is to be given something; `wants` is what the kit said when it was applied for.

    `place` counts those who have approved. Of whom is asked now, `desk` and `department` tell.
    """

    __tablename__ = "application"
    __trail__ = (
        "number",
        "holder_id",
        "state",
        "reason",
        "until",
        "kit",
        "wants",
        "real_name",
        "exception",
        "asked_by",
        "desk",
        "department_id",
        "decide_by",
        "place",
        "valid_until",
        "unprepared",
        "signed_by",
        "signed_how",
        "agreement",
        "form",
        "condition",
        "condition_note",
        "ended_by",
        "lapse",
        "note",
    )
    __untold__ = {
        "told by the event": ("asked_at", "signed_at", "ended_at", "way"),
        "derived": ("asked_by_id", "days", "hold_days", "valid_days", "revision"),
        "bulky": ("agreed",),
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (Index(None, "state", "decide_by"), Index(None, "holder_id", "ended_at"))

    number: Mapped[str] = mapped_column(unique=True)  # AP-2026-001
    state: Mapped[ApplicationState] = mapped_column(stored_as_values(ApplicationState))
    until: Mapped[date | None]
    kit: Mapped[str | None]
    wants: Mapped[dict[str, Any]] = mapped_column(JSON)
    real_name: Mapped[str]
    exception: Mapped[str | None]
    place: Mapped[int] = mapped_column(default=0)
    hold_days: Mapped[int]
    valid_days: Mapped[int]
    valid_until: Mapped[datetime | None]
    unprepared: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    signed_how: Mapped[Signed | None] = mapped_column(stored_as_values(Signed))
    agreement: Mapped[str | None]  # digest of what was agreed to
    agreed: Mapped[str | None] = mapped_column(Text)  # the text itself, as it was read
    # Number of the issue form that both sign; while there is one, nothing is handed out but by it.
    form: Mapped[str | None] = mapped_column(index=True, unique=True)
    condition: Mapped[Condition | None] = mapped_column(stored_as_values(Condition))
    condition_note: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    lapse: Mapped[Lapse | None] = mapped_column(stored_as_values(Lapse))
    note: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    approvals: Mapped[list["Approval"]] = relationship(order_by="Approval.place")
    reservations: Mapped[list["Reservation"]] = relationship(
        order_by="Reservation.thing", back_populates="application"
    )

    # Two verdicts, or two issues, at once: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @classmethod
    def waits(cls) -> ColumnElement[bool]:
        return cls.state == ApplicationState.REQUESTED

    @property
    def wanted(self) -> Wants:
        return Wants.model_validate(self.wants)

    @property
    def term(self) -> Term:
        return Term.LOAN if self.until else Term.PERMANENT

    @property
    def about(self) -> About:
        """Return what every event of it says."""
        return {
            "subject_id": self.id,
            "subject_name": self.number,
            "holder": self.holder.number,
        }

    @property
    def set_aside(self) -> list["Reservation"]:
        """Return what is reserved for it now."""
        return [one for one in self.reservations if one.ended_at is None]

    def move(self, move: Move) -> None:
        self.state = after(self.state, move, application=self.number)


class Approval(Base):
    """One of those who are asked, in the order in which they are; `approver` as the policy says."""

    __tablename__ = "application_approval"
    __trail__ = ("application_id", "place", "approver", "approved", "decided_by", "note")
    __untold__ = {
        "told by the event": ("decided_as", "decided_at"),
        "derived": ("decided_by_id",),
    }
    __table_args__ = (UniqueConstraint("application_id", "place"),)

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"))
    place: Mapped[int]
    approver: Mapped[str]
    approved: Mapped[bool | None]
    decided_by: Mapped[str | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(index=True)
    decided_as: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]


def _one_open(column: str) -> Index:
    """Return the index by which the database itself allows one reservation of a thing."""
    is_open = text("ended_at IS NULL")
    return Index(
        f"uq_reservation_open_{column.removesuffix('_id')}",
        column,
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


class Reservation(Base):
    """A thing in stock that nobody else is given until a moment; `why` says what chose this one."""

    __tablename__ = "reservation"
    __trail__ = (
        "application_id",
        "thing",
        "device_id",
        "sim_id",
        "account_id",
        "until",
        "why",
        "ended_because",
    )
    __untold__ = {"told by the event": ("made_at", "made_by", "ended_at")}
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
        Index(None, "ended_at", "until"),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("application.id"), index=True)
    thing: Mapped[Thing] = mapped_column(stored_as_values(Thing))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    until: Mapped[datetime]
    why: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]  # a stable code

    application: Mapped[Application] = relationship(back_populates="reservations")
    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    account: Mapped[Account | None] = relationship()

    @property
    def held(self) -> Held:
        """Return the thing itself."""
        found = self.device or self.sim or self.account
        assert found is not None  # noqa: S101 — the database holds one of them
        return found

    @property
    def name(self) -> str:
        """Return what people call the thing: tag, number or handle."""
        return name_of(self.held)

    @property
    def told(self) -> str:
        """Return the same as the trail says it."""
        return masked(self.name) if self.thing is Thing.SIM else self.name


def name_of(held: Held) -> str:
    names = {Thing.DEVICE: "tag", Thing.SIM: "number", Thing.ACCOUNT: "handle"}
    return str(getattr(held, names[thing_of(held)]))
