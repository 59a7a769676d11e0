"""Incidents: what was reported, the things it is about, and the measures with their clocks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.models import Account
from fleet.compliance.models import Finding
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.incidents import IncidentKind, IncidentState, MeasureKind, MeasureState
from fleet.contracts.proof import Level
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.incidents.lifecycle import Move, after
from fleet.people.models import Employee
from fleet.search.saying import Said
from fleet.sims.models import Sim

_ONE_THING = (
    "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) = 1"
)


class OfOneThing:
    """What is about one phone, SIM or account."""

    device: Mapped[Device | None]
    sim: Mapped[Sim | None]
    account: Mapped[Account | None]

    @property
    def subject(self) -> Device | Sim | Account:
        found = self.device or self.sim or self.account
        assert found is not None  # noqa: S101 — the database holds it to that
        return found

    @property
    def thing(self) -> Thing:
        if self.device is not None:
            return Thing.DEVICE
        return Thing.SIM if self.sim is not None else Thing.ACCOUNT

    @property
    def name(self) -> str:
        """Return what people call the thing: tag, number or handle."""
        return name_of(self.subject)


def name_of(thing: Device | Sim | Account) -> str:
    if isinstance(thing, Device):
        return thing.tag
    return thing.number if isinstance(thing, Sim) else thing.handle


class Incident(Base):
    """Something that happened to things of one person; closed by a person, once nothing is open.

    `employee` holds the things, `reporter` is whoever said so, where he is an employee.
    """

    __tablename__ = "incident"
    __trail__ = (
        "number",
        "kind",
        "state",
        "employee_id",
        "reported_by",
        "reported_at",
        "finding_id",
        "closed_at",
        "closed_by",
    )
    __untold__ = {"derived": ("reporter_id", "revision")}
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (Index(None, "state", "reported_at"),)

    number: Mapped[str] = mapped_column(unique=True)  # IN-2026-001
    kind: Mapped[IncidentKind] = mapped_column(stored_as_values(IncidentKind))
    state: Mapped[IncidentState] = mapped_column(
        stored_as_values(IncidentState), default=IncidentState.OPEN
    )
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    reported_by: Mapped[str]
    reported_at: Mapped[datetime]
    finding_id: Mapped[UUID | None] = mapped_column(ForeignKey("finding.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    employee: Mapped[Employee | None] = relationship(foreign_keys=employee_id)
    finding: Mapped[Finding | None] = relationship()
    things: Mapped[list["IncidentThing"]] = relationship(
        back_populates="incident", order_by="IncidentThing.place"
    )
    measures: Mapped[list["Measure"]] = relationship(
        back_populates="incident", order_by="Measure.number"
    )
    notes: Mapped[list["IncidentNote"]] = relationship(order_by="IncidentNote.at")

    # Somebody closing it while somebody else adds to it: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def is_open(self) -> bool:
        return self.state is IncidentState.OPEN

    def close(self, *, by: str) -> None:
        self.state, self.closed_at, self.closed_by = IncidentState.CLOSED, now(), by
        for thing in self.things:
            thing.open_kind = None


class IncidentThing(OfOneThing, Base):
    """`open_kind` is the incident's kind while it is open: a thing is in one such at a time."""

    __tablename__ = "incident_thing"
    __trail__ = ("incident_id", "device_id", "sim_id", "account_id")
    __untold__ = {"derived": ("place", "open_kind")}
    __table_args__ = (
        CheckConstraint(_ONE_THING, name="exactly_one_thing"),
        UniqueConstraint("device_id", "open_kind"),
        UniqueConstraint("sim_id", "open_kind"),
        UniqueConstraint("account_id", "open_kind"),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    place: Mapped[int]
    open_kind: Mapped[IncidentKind | None] = mapped_column(stored_as_values(IncidentKind))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))

    incident: Mapped[Incident] = relationship(back_populates="things")
    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    account: Mapped[Account | None] = relationship()


class Measure(OfOneThing, Base):
    """One thing to be done about an incident by `due_at`, and how it is known to be done."""

    __tablename__ = "measure"
    __trail__ = (
        "incident_id",
        "number",
        "kind",
        "device_id",
        "sim_id",
        "account_id",
        "due_at",
        "state",
        "level",
        "by",
        "at",
    )
    __untold__ = {"may hold what nobody should have written": ("note",)}
    __table_args__ = (
        CheckConstraint(_ONE_THING, name="exactly_one_thing"),
        UniqueConstraint("incident_id", "number"),
        Index(None, "state", "due_at"),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[int]
    kind: Mapped[MeasureKind] = mapped_column(stored_as_values(MeasureKind))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    due_at: Mapped[datetime]
    state: Mapped[MeasureState] = mapped_column(
        stored_as_values(MeasureState), default=MeasureState.OPEN
    )
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    by: Mapped[str | None]
    at: Mapped[datetime | None]
    note: Mapped[str | None]

    incident: Mapped[Incident] = relationship(back_populates="measures")
    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    account: Mapped[Account | None] = relationship()

    @property
    def is_overdue(self) -> bool:
        return self.state is MeasureState.OPEN and self.due_at <= now()

    def end(self, move: Move, *, level: Level, by: str, note: str | None = None) -> None:
        self.state = after(self.state, move)
        self.level, self.by, self.at, self.note = level, by, now(), note


class IncidentNote(Base):
    """What somebody had to say; never in the trail, for people write what they should not."""

    __tablename__ = "incident_note"
    __trail__ = ("incident_id", "at", "by")
    __untold__ = {"may hold what nobody should have written": ("text",)}

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    text: Mapped[str]
