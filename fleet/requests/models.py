"""Change requests and who decides in whose place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.proof import Level
from fleet.contracts.requests import Ended, Handed, RequestKind, RequestState
from fleet.database import Base, stored_as_values
from fleet.people.models import Employee
from fleet.requests.events import About
from fleet.requests.lifecycle import Move, after
from fleet.requests.waiting import Awaiting
from fleet.rotation.models import Rotation
from fleet.search.saying import Said
from fleet.stations.models import Station
from fleet.vault.models import Credential


class ChangeRequest(Awaiting, Base):
    """Somebody asks for another value of what he holds, or is to be handed the one of today.

    `appointed_for` is a proposal until it is settled.
    """

    __tablename__ = "change_request"
    __trail__ = (
        "number",
        "what",
        "credential_id",
        "holder_id",
        "state",
        "reason",
        "asked_by",
        "desk",
        "department_id",
        "decide_by",
        "decided_by",
        "decided_as",
        "note",
        "station_id",
        "appointed_for",
        "appointed_by",
        "rotation_id",
        "outcome",
        "level",
        "closing",
        "handed_at",
        "handed_by",
        "handed_how",
    )
    __untold__ = {
        "told by the event": ("asked_at", "decided_at", "ended_at", "way"),
        "derived": ("asked_by_id", "days", "sentence", "revision"),
    }
    __search__ = {"number": Said.HANDLE}
    __table_args__ = (
        Index(
            "uq_change_request_open",
            "credential_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "state", "decide_by"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # CR-2026-001
    what: Mapped[RequestKind] = mapped_column(stored_as_values(RequestKind))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"), index=True)
    state: Mapped[RequestState] = mapped_column(stored_as_values(RequestState))
    decided_by: Mapped[str | None]
    decided_as: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]

    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    appointed_for: Mapped[datetime | None] = mapped_column(index=True)
    appointed_by: Mapped[str | None]  # who settled it
    rotation_id: Mapped[UUID | None] = mapped_column(ForeignKey("rotation.id"))
    outcome: Mapped[str | None]  # how the last attempt ended: a stable code
    sentence: Mapped[str] = mapped_column(default="")

    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    closing: Mapped[Ended | None] = mapped_column(stored_as_values(Ended))
    ended_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]
    handed_by: Mapped[str | None]
    handed_how: Mapped[Handed | None] = mapped_column(stored_as_values(Handed))
    revision: Mapped[int] = mapped_column()

    credential: Mapped[Credential] = relationship()
    station: Mapped[Station | None] = relationship()
    rotation: Mapped[Rotation | None] = relationship()

    # Two verdicts, or two hand-overs, at once: the later one finds that it has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @classmethod
    def waits(cls) -> ColumnElement[bool]:
        return cls.state == RequestState.REQUESTED

    @property
    def about(self) -> About:
        """Return what every event of it says."""
        return {
            "subject_id": self.id,
            "subject_name": self.number,
            "kind": self.credential.kind,
            "opens": self.credential.told,
            "holder": self.holder.number,
        }

    def move(self, move: Move) -> None:
        self.state = after(self.state, move, request=self.number)


class Delegation(Base):
    """Somebody decides in the place of a department's head for a time, and why."""

    __tablename__ = "delegation"
    __trail__ = (
        "head_id",
        "delegate_id",
        "begins_at",
        "ends_at",
        "reason",
        "ended_at",
        "ended_by",
    )
    __untold__ = {"told by the event": ("made_at",)}

    head_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), index=True)
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    head: Mapped[Employee] = relationship(foreign_keys=head_id)
    delegate: Mapped[Employee] = relationship(foreign_keys=delegate_id)
