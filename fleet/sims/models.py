"""SIM cards and the numbers on them."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.audit.events import masked
from fleet.contracts.sims import OwnerKind
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.search.saying import Said
from fleet.sims.lifecycle import Move, State, after

# A cancelled card keeps its number on record: a new one may carry it.
_LIVE: Final = text("state <> 'cancelled'")


class Sim(Base):
    """A card; `device` is the phone it was last seen in.

    `quarantined_until`: its number was somebody's, and until then nobody else is handed it.
    """

    __tablename__ = "sim"
    __trail__ = (
        "number",
        "iccid",
        "carrier",
        "registered_owner",
        "owner_kind",
        "actual_user",
        "plan",
        "opened_on",
        "note",
        "state",
        "device_id",
        "quarantined_until",
    )
    __masked__ = {"number": masked, "iccid": masked}
    __untold__ = {"derived": ("version",)}
    __search__ = {
        "number": Said.NUMBER,
        "iccid": Said.CARD,
        "carrier": Said.WORDS,
        "registered_owner": Said.NAME,
        "actual_user": Said.NAME,
    }
    __table_args__ = (
        Index(
            "uq_sim_number",
            "number",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(None, "state", "number"),
    )

    number: Mapped[str] = mapped_column(index=True)
    iccid: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str | None]
    registered_owner: Mapped[str | None]  # in whose name the carrier has it
    owner_kind: Mapped[OwnerKind | None] = mapped_column(stored_as_values(OwnerKind))
    actual_user: Mapped[str | None]  # who uses it, where that is not its holder
    plan: Mapped[str | None]
    opened_on: Mapped[date | None]
    note: Mapped[str | None]
    state: Mapped[State] = mapped_column(stored_as_values(State), default=State.IN_STOCK)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    quarantined_until: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()

    device: Mapped[Device | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)


class NumberPolicy(Base):
    """How long a freed number rests; a row per version, the newest counts."""

    __tablename__ = "number_policy"
    __trail__ = ("quarantine_days", "reason", "set_at", "set_by")
    __table_args__ = (CheckConstraint("quarantine_days >= 0", name="days_not_negative"),)

    quarantine_days: Mapped[int]
    reason: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(index=True)
    set_by: Mapped[str]
