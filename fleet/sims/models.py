"""SIM cards and the numbers on them."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.audit.events import masked
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.search.saying import Said
from fleet.sims.lifecycle import Move, State, after


class Sim(Base):
    """A card; `device` is the phone it was last seen in."""

    __tablename__ = "sim"
    __trail__ = ("number", "iccid", "carrier", "registered_owner", "plan", "state", "device_id")
    __masked__ = {"number": masked, "iccid": masked}
    __untold__ = {"derived": ("version",)}
    __search__ = {
        "number": Said.NUMBER,
        "iccid": Said.CARD,
        "carrier": Said.WORDS,
        "registered_owner": Said.NAME,
    }
    __table_args__ = (Index(None, "state", "number"),)

    number: Mapped[str] = mapped_column(unique=True)
    iccid: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str | None]
    registered_owner: Mapped[str | None]
    plan: Mapped[str | None]
    state: Mapped[State] = mapped_column(stored_as_values(State), default=State.IN_STOCK)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    version: Mapped[int] = mapped_column()

    device: Mapped[Device | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)
