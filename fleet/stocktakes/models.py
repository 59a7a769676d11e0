"""Stock-takes, and each thing that is to be found or was."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.custody import Thing
from fleet.contracts.proof import Level
from fleet.contracts.stocktakes import FoundHow, Resolution, StocktakeState
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.sims.models import Sim
from fleet.stocktakes.lifecycle import Move, after


class Stocktake(Base):
    """A count of what should be there.

    `seed` draws the sample, and is in the trail before it does; `pool` are the names it drew from.
    """

    __tablename__ = "stocktake"
    __trail__ = ("number", "state", "sample", "seed", "closed_by", "signed_by")
    __untold__ = {
        "told by the events": (
            *("scope", "note", "planned_at", "planned_by", "began_at"),
            *("closed_at", "signed_at", "cancelled_because", "pool_size", "pool_digest"),
            "digest",
        ),
        "bulky": ("pool",),
        "derived": ("version",),
    }

    number: Mapped[str] = mapped_column(unique=True)  # ST-2026-001
    state: Mapped[StocktakeState] = mapped_column(stored_as_values(StocktakeState), index=True)
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    sample: Mapped[int | None]
    seed: Mapped[str]
    pool: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    pool_size: Mapped[int | None]
    pool_digest: Mapped[str | None]
    note: Mapped[str | None]
    planned_at: Mapped[datetime]
    planned_by: Mapped[str]
    began_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    cancelled_because: Mapped[str | None]
    digest: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)


class StocktakeItem(Base):
    """A phone or SIM that is to be found, or that was found and should not be there.

    One that the register does not know has a name alone. `due_on`: until then something is to
    become of a difference.
    """

    __tablename__ = "stocktake_item"
    __untold__ = {
        "told by the stock-take's events, all of them by the digest of its result": (
            *("stocktake_id", "thing", "device_id", "sim_id", "name", "expected", "holder_id"),
            *("found_at", "found_by", "how", "level", "due_on", "resolution", "resolved_at"),
            "resolved_by",
        ),
        "may hold what nobody should have written": ("note", "resolution_note"),
    }
    __table_args__ = (
        CheckConstraint("device_id IS NULL OR sim_id IS NULL", name="one_thing_at_most"),
        UniqueConstraint("stocktake_id", "name"),
        UniqueConstraint("stocktake_id", "device_id"),
        UniqueConstraint("stocktake_id", "sim_id"),
        Index(None, "due_on", "resolution"),
    )

    stocktake_id: Mapped[UUID] = mapped_column(ForeignKey("stocktake.id"))
    thing: Mapped[Thing | None] = mapped_column(stored_as_values(Thing))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"), index=True)
    name: Mapped[str]  # tag or number; as it was typed where the register does not know it
    expected: Mapped[bool]
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    found_at: Mapped[datetime | None]
    found_by: Mapped[str | None]
    how: Mapped[FoundHow | None] = mapped_column(stored_as_values(FoundHow))
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    note: Mapped[str | None]
    due_on: Mapped[date | None]
    resolution: Mapped[Resolution | None] = mapped_column(stored_as_values(Resolution))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolution_note: Mapped[str | None]

    stocktake: Mapped[Stocktake] = relationship()
    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    holder: Mapped[Employee | None] = relationship()
