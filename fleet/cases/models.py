"""Cases and their steps: a workflow is rows, and what its steps mean is declared by their kind."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.cases.events import About
from fleet.cases.lifecycle import Move, StepMove, after, step_after
from fleet.contracts.cases import (
    CaseKind,
    CaseState,
    CaseStepKind,
    Doer,
    Office,
    RungTo,
    StepState,
    WaivedBy,
)
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.custody.models import Holding
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.incidents.models import Incident, Measure
from fleet.people.in_force import Version
from fleet.people.models import Department, Employee
from fleet.search.saying import Said


class Case(Base):
    """What is to be done for `employee` by a day; `successor` takes over what is handed on.

    `open_key` names whom or what it is about while it is open: the database allows one such.
    `details` are of its kind: what joins, who registered an account first.
    """

    __tablename__ = "work_case"
    __trail__ = (
        "number",
        "kind",
        "state",
        "employee_id",
        "successor_id",
        "department_id",
        "incident_id",
        "by",
        "details",
        "opened_at",
        "opened_by",
        "closed_at",
        "closed_by",
    )
    __untold__ = {
        "may hold what nobody should have written": ("reason",),
        "derived": ("open_key", "revision"),
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (Index(None, "state", "by"), Index(None, "kind", "state"))

    number: Mapped[str] = mapped_column(unique=True)  # LV-2026-001
    kind: Mapped[CaseKind] = mapped_column(stored_as_values(CaseKind))
    state: Mapped[CaseState] = mapped_column(stored_as_values(CaseState))
    open_key: Mapped[str | None] = mapped_column(unique=True)
    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"), index=True)
    by: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    employee: Mapped[Employee] = relationship(foreign_keys=employee_id)
    successor: Mapped[Employee | None] = relationship(foreign_keys=successor_id)
    department: Mapped[Department | None] = relationship()
    incident: Mapped[Incident | None] = relationship()
    steps: Mapped[list["Step"]] = relationship(back_populates="case", order_by="Step.number")
    rungs: Mapped[list["Rung"]] = relationship(order_by="Rung.place")

    # Two operators at once: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def is_open(self) -> bool:
        return self.state is CaseState.OPEN

    @property
    def begun_at(self) -> datetime:
        """Return when it was opened; what is planned only would be now."""
        return getattr(self, "opened_at", None) or now()

    @property
    def about(self) -> About:
        """Return what every event of it says."""
        return {
            "subject_id": self.id,
            "subject_name": self.number,
            "kind": self.kind,
            "employee": self.employee.number,
        }

    @property
    def holdings(self) -> list[Holding]:
        """Return what its steps are about, each once."""
        found = {one.holding.id: one.holding for one in self.steps if one.holding is not None}
        return list(found.values())

    def end(self, move: Move, *, by: str) -> None:
        self.state = after(self.state, move, case=self.number)
        self.open_key, self.closed_at, self.closed_by = None, now(), by

    def reopen(self, key: str) -> None:
        self.state = after(self.state, Move.REOPEN, case=self.number)
        self.open_key, self.closed_at, self.closed_by = key, None, None


class Step(Base):
    """One thing to be done; `fleet.cases.steps` declares what its kind means.

    `who` is set where it is somebody in particular, `after` are numbers of steps that come first.
    `device` is a phone that is to come in, `about` a word of its kind. Where the truth is a proof
    the state stays open, and says how it stood once the case has ended. `paper` is the number of
    what was signed, `paper_digest` of what it said then.
    """

    __tablename__ = "case_step"
    __trail__ = (
        "case_id",
        "number",
        "kind",
        "office",
        "who_id",
        "due_on",
        "holding_id",
        "device_id",
        "measure_id",
        "about",
        "state",
        "level",
        "by",
        "at",
        "paper",
        "paper_digest",
        "waiver_asked_by",
    )
    __untold__ = {
        "declared by the kind": ("doer", "needed", "waivable", "after"),
        "may hold what nobody should have written": ("note", "waiver_asked_why"),
        "derived": ("waiver_asked_by_id", "revision"),
    }
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index(None, "who_id", "state"),
        Index(None, "state", "office"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("work_case.id"))
    number: Mapped[int]
    kind: Mapped[CaseStepKind] = mapped_column(stored_as_values(CaseStepKind))
    doer: Mapped[Doer] = mapped_column(stored_as_values(Doer))
    office: Mapped[Office] = mapped_column(stored_as_values(Office))
    who_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    due_on: Mapped[date]
    after: Mapped[list[int]] = mapped_column(JSON)
    needed: Mapped[Level] = mapped_column(stored_as_values(Level))
    waivable: Mapped[WaivedBy | None] = mapped_column(stored_as_values(WaivedBy))
    holding_id: Mapped[UUID | None] = mapped_column(ForeignKey("holding.id"), index=True)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    measure_id: Mapped[UUID | None] = mapped_column(ForeignKey("measure.id"), index=True)
    about: Mapped[str | None]
    state: Mapped[StepState] = mapped_column(stored_as_values(StepState))
    level: Mapped[Level] = mapped_column(stored_as_values(Level))
    by: Mapped[str | None]
    at: Mapped[datetime | None]
    note: Mapped[str | None]
    paper: Mapped[str | None]
    paper_digest: Mapped[str | None]
    waiver_asked_by_id: Mapped[UUID | None]
    waiver_asked_by: Mapped[str | None]
    waiver_asked_why: Mapped[str | None]
    revision: Mapped[int] = mapped_column()

    case: Mapped[Case] = relationship(back_populates="steps")
    who: Mapped[Employee | None] = relationship()
    holding: Mapped[Holding | None] = relationship()
    device: Mapped[Device | None] = relationship()
    measure: Mapped[Measure | None] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    @property
    def is_open(self) -> bool:
        return self.state is StepState.OPEN

    def end(self, move: StepMove, *, level: Level, by: str | None, note: str | None = None) -> None:
        self.state = step_after(self.state, move, case=self.case.number, step=self.number)
        self.level, self.by, self.at, self.note = level, by, now(), note
        self.waiver_asked_by_id = self.waiver_asked_by = self.waiver_asked_why = None

    def rest_on(self, paper: str, digest: str, *, level: Level, by: str) -> None:
        """Let the step be done by what was signed, whatever was said of it before."""
        if not self.is_open:
            self.reopen()
        self.end(StepMove.FINISH, level=level, by=by)
        self.paper, self.paper_digest = paper, digest

    def ask_waiver(self, by_id: UUID, by: str, why: str) -> None:
        self.waiver_asked_by_id, self.waiver_asked_by, self.waiver_asked_why = by_id, by, why

    def reopen(self) -> None:
        self.state = step_after(
            self.state, StepMove.REOPEN, case=self.case.number, step=self.number
        )
        self.level, self.by, self.at, self.note = Level.NONE, None, None, None
        self.paper = self.paper_digest = None


class Rung(Base):
    """A rung of the ladder that a case has come to: once each, and never taken back."""

    __tablename__ = "case_rung"
    __trail__ = ("case_id", "place", "to", "due_on", "at", "open_steps")
    __table_args__ = (UniqueConstraint("case_id", "place"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("work_case.id"))
    place: Mapped[int]
    to: Mapped[RungTo] = mapped_column(stored_as_values(RungTo))
    due_on: Mapped[date]
    at: Mapped[datetime]
    open_steps: Mapped[list[int]] = mapped_column(JSON)


class CaseLadder(Version, Base):
    """What happens if nothing is done, by kind and department; a row per version."""

    __tablename__ = "case_ladder"
    __trail__ = (
        "kind",
        "department_id",
        "rungs",
        "effective_from",
        "set_at",
        "set_by",
        "reason",
        "inherits",
    )
    __table_args__ = (Index(None, "kind", "effective_from"),)

    kind: Mapped[CaseKind] = mapped_column(stored_as_values(CaseKind))
    rungs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {"days": 7, "to": "head"}
