"""One asks and another decides: what the requests of several rooms have in common."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from fleet.access.actor import Actor
from fleet.access.errors import ApprovedByOneself
from fleet.contracts.clock import now

State = TypeVar("State", bound=StrEnum)

WAITS: Final = frozenset({"requested", "approved"})  # what ends by itself when its time is over
EXPIRED: Final = "expired"


class Asked:
    """Columns of a row in which somebody asks, and another person decides."""

    reason: Mapped[str]
    asked_by_id: Mapped[UUID] = mapped_column(index=True)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]

    def decide(self, *, note: str, actor: Actor) -> None:
        """Write down who decides; refused to who asked, whatever roles he holds besides."""
        if self.asked_by_id == actor.id:
            raise ApprovedByOneself
        self.decided_by, self.decided_at, self.note = actor.name, now(), note


class AskedForATime(Asked):
    """Until `until` it can be decided or, once approved, used."""

    until: Mapped[datetime]

    def as_of(self, state: State, at: datetime) -> State:
        """Return `state` as it is at a moment: what was not used in its time has expired."""
        return type(state)(EXPIRED) if state in WAITS and self.until <= at else state

    @classmethod
    def stands(cls, column: InstrumentedAttribute[State], state: State) -> ColumnElement[bool]:
        """Return what holds for the rows that are in a state now, expiry by the clock."""
        late = cls.until <= now()
        if state == EXPIRED:
            return and_(column.in_(WAITS), late)
        return and_(column == state, ~late) if state in WAITS else column == state
