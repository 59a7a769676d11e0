"""Phones: who they are, where they are, and what the last visit learned about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts, stored_facts
from fleet.database import Base, stored_as_values
from fleet.devices.lifecycle import Move, State, after
from fleet.search.saying import Said


class Device(Base):
    """A phone we own. `station_id` is where it was last seen, `present` whether it is there now.

    Its owner answers for it, its holder has it; of a shared phone the holder is the main user.
    """

    __tablename__ = "device"
    __trail__ = (
        "tag",
        "serial",
        "brand",
        "model",
        "market_name",
        "colour",
        "condition",
        "purpose",
        "owner_id",
        "shared",
        "bought_on",
        "warranty_until",
        "note",
        "state",
    )
    __untold__ = {
        "personal, and in the register": ("imei",),
        "what a visit saw, in the change log": (
            "station_id",
            "present",
            "last_seen_at",
            "facts_digest",
            "quick",
            "build",
            "system",
        ),
        "derived": ("found_at", "returning_since", "version"),
    }
    __search__ = {
        "tag": Said.HANDLE,
        "serial": Said.HANDLE,
        "imei": Said.CARD,
        "brand": Said.WORDS,
        "model": Said.WORDS,
        "market_name": Said.WORDS,
    }
    __table_args__ = (
        Index(None, "state", "tag"),
        Index(None, "station_id", "tag"),
        Index(None, "last_seen_at", "id"),
        Index(None, "model", "id"),
    )

    tag: Mapped[str] = mapped_column(unique=True)  # the number on the sticker
    serial: Mapped[str] = mapped_column(unique=True)
    brand: Mapped[str | None]
    model: Mapped[str | None]
    market_name: Mapped[str | None]
    imei: Mapped[list[str]] = mapped_column(JSON, default=list)
    colour: Mapped[str | None]  # and how much it stores, as on its box
    condition: Mapped[str | None]
    purpose: Mapped[str | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    bought_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    note: Mapped[str | None]
    state: Mapped[State] = mapped_column(stored_as_values(State), default=State.IN_STOCK)
    station_id: Mapped[UUID | None]
    present: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime | None]
    found_at: Mapped[datetime]  # when it was registered
    facts_digest: Mapped[str | None]  # of what is not quick
    # What a later visit brought, which found the phone unchanged otherwise (`contracts.facts`).
    quick: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    build: Mapped[str | None] = mapped_column(index=True)
    system: Mapped[str | None]  # "HyperOS 2.0 (Android 15)"
    returning_since: Mapped[datetime | None]  # proofs older than this say nothing of its return
    version: Mapped[int] = mapped_column()

    told: Mapped["DeviceFacts | None"] = relationship()
    facts: AssociationProxy[dict[str, Any] | None] = association_proxy(
        "told", "facts", creator=lambda facts: DeviceFacts(facts=facts)
    )
    noted: AssociationProxy[dict[str, str] | None] = association_proxy(
        "told", "noted", creator=lambda noted: DeviceFacts(noted=noted)
    )

    # Two people moving one phone at once: the later write finds the version has moved on.
    __mapper_args__ = {"version_id_col": version}

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)
        if self.state is State.RETURNING:
            self.returning_since = now()
        elif self.state is State.ISSUED:
            self.returning_since = None  # what was shown for an earlier return is spent

    @property
    def known_facts(self) -> PhoneFacts | None:
        return None if self.facts is None else stored_facts(self.facts, self.quick)


class DeviceFacts(Base):
    """What a phone said of itself when it last told all, apart: whoever moves it writes little.

    `noted` is the last known value of every fact worth a line in the change log, by flat name: a
    visit that could not ask leaves it as it was (`contracts.flat`).
    """

    __tablename__ = "device_facts"
    __untold__ = {"what a visit saw, in the change log": ("device_id", "facts", "noted")}

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), unique=True)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    noted: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class DeviceImei(Base):
    """An IMEI of a phone: how it is recognised when it names itself anew."""

    __tablename__ = "device_imei"
    __untold__ = {"personal, and in the register": ("device_id", "imei")}
    __table_args__ = (UniqueConstraint("imei", "device_id"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    imei: Mapped[str]


class DeviceChange(Base):
    """One fact that was different at a visit."""

    __tablename__ = "device_change"
    __untold__ = {"it is a change log itself": ("device_id", "at", "field", "old", "new")}
    __table_args__ = (Index(None, "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    at: Mapped[datetime]
    field: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str | None]
