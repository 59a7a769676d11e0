"""Who holds what, and the papers of its coming back: certificates, waivers, declarations."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.models import Account
from fleet.contracts.accessories import Condition
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName, Thing
from fleet.contracts.photos import PhotoTaken
from fleet.contracts.proof import Level
from fleet.contracts.waivers import WaiverState
from fleet.contracts.words import language
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.keys.sealed import SealedColumn, sealed
from fleet.people.models import Employee
from fleet.search.saying import Said
from fleet.sims.models import Sim
from fleet.stations.models import Station


def _one_open(column: str) -> Index:
    """Return the index by which the database itself allows one open holding of a thing."""
    is_open = text("returned_at IS NULL")
    return Index(
        f"uq_holding_open_{column.removesuffix('_id')}",
        column,
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


class Holding(Base):
    """A phone, SIM or account in somebody's hands, from its issue until it is returned."""

    __tablename__ = "holding"
    __trail__ = (
        "thing",
        "device_id",
        "sim_id",
        "account_id",
        "employee_id",
        "issued_at",
        "issued_by",
        "exception",
        "due_on",
        "returned_at",
        "returned_by",
        "condition",
        "condition_note",
        "back_condition",
        "back_note",
    )
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
        Index(None, "employee_id", "returned_at"),
        Index(
            "ix_holding_due",
            "due_on",
            "id",
            sqlite_where=text("due_on IS NOT NULL AND returned_at IS NULL"),
            postgresql_where=text("due_on IS NOT NULL AND returned_at IS NULL"),
        ),
    )

    thing: Mapped[Thing] = mapped_column(stored_as_values(Thing))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    exception: Mapped[str | None]  # why the holder may have another account of its kind
    due_on: Mapped[date | None]  # a loan is to be given back by then
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None]
    # How a phone looked when it was handed out, and when it came back.
    condition: Mapped[Condition | None] = mapped_column(stored_as_values(Condition))
    condition_note: Mapped[str | None]
    back_condition: Mapped[Condition | None] = mapped_column(stored_as_values(Condition))
    back_note: Mapped[str | None]

    accessories: Mapped[list["Accessory"]] = relationship(
        back_populates="holding", order_by="Accessory.word"
    )
    device: Mapped[Device | None] = relationship()
    sim: Mapped[Sim | None] = relationship()
    account: Mapped[Account | None] = relationship()
    employee: Mapped[Employee] = relationship()

    @property
    def name(self) -> str:
        """Return what people call the thing: tag, number or handle."""
        if self.device is not None:
            return self.device.tag
        if self.sim is not None:
            return self.sim.number
        return self.account.handle if self.account is not None else ""

    def close(self, at: datetime, by: str) -> None:
        self.returned_at, self.returned_by = at, by


class Photo(Base):
    """How a phone looked when it was handed out, or came back; its bytes lie in the storage."""

    __tablename__ = "photo"
    __trail__ = ("number", "holding_id", "taken", "digest", "kind", "size")
    __untold__ = {
        "a secret": ("sealed",),
        "where its bytes lie": ("object", "cipher"),
        "told by the event": ("note", "added_at", "added_by"),
    }
    __table_args__ = (UniqueConstraint("holding_id", "digest"),)

    number: Mapped[str] = mapped_column(unique=True)
    holding_id: Mapped[UUID] = mapped_column(ForeignKey("holding.id"))
    taken: Mapped[PhotoTaken] = mapped_column(stored_as_values(PhotoTaken))
    digest: Mapped[str]  # of the file as it was sent
    size: Mapped[int]
    kind: Mapped[str]  # media type
    object: Mapped[str]  # digest of the encrypted bytes
    cipher: Mapped[str]
    sealed: Mapped[str]
    note: Mapped[str | None]
    added_at: Mapped[datetime] = mapped_column(index=True)
    added_by: Mapped[str]

    holding: Mapped[Holding] = relationship()


def photo_context(photo_id: UUID) -> str:
    """Name the place that the key of a photograph belongs to."""
    return f"photo:{photo_id}"


sealed(SealedColumn(Photo, "sealed", (), lambda row: photo_context(row.id)))


class AccessoryWord(Base):
    """What the company hands out beside phones, and what it calls that."""

    __tablename__ = "accessory_word"
    __trail__ = ("word", "zh", "en", "retired_at")
    __search__ = {"word": Said.HANDLE, "zh": Said.NAME, "en": Said.NAME}

    word: Mapped[str] = mapped_column(unique=True)
    zh: Mapped[str]
    en: Mapped[str]
    retired_at: Mapped[datetime | None]


class Accessory(Base):
    """So many of one thing that went out beside a phone, and how many of them came back."""

    __tablename__ = "accessory"
    __trail__ = (
        "holding_id",
        "word",
        "count",
        "condition",
        "note",
        "back",
        "missing",
        "back_condition",
        "back_note",
        "back_by",
    )
    __untold__ = {"told by the event": ("back_at",)}
    __table_args__ = (
        UniqueConstraint("holding_id", "word"),
        CheckConstraint("back + missing <= count", name="no_more_than_went_out"),
    )

    holding_id: Mapped[UUID] = mapped_column(ForeignKey("holding.id"))
    word: Mapped[str]
    count: Mapped[int]
    condition: Mapped[Condition] = mapped_column(stored_as_values(Condition))
    note: Mapped[str | None]
    back: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    back_condition: Mapped[Condition | None] = mapped_column(stored_as_values(Condition))
    back_note: Mapped[str | None]
    back_at: Mapped[datetime | None]
    back_by: Mapped[str | None]

    holding: Mapped[Holding] = relationship(back_populates="accessories")

    @property
    def out(self) -> int:
        return self.count - self.back - self.missing

    @property
    def tag(self) -> str:
        """Return the tag of the phone that it went out beside."""
        return self.holding.name

    @property
    def issued_at(self) -> datetime:
        return self.holding.issued_at


class Certificate(Base):
    """The paper of a phone's coming back, with the checks as they stood.

    Nothing of it is changed; an acceptance that was a mistake is taken back, which it says.
    """

    __tablename__ = "certificate"
    __trail__ = (
        "number",
        "device_id",
        "employee_id",
        "accepted_by",
        "accepted_at",
        "witness",
        "quarantine_until",
        "undone_by",
        "undone_because",
    )
    __untold__ = {"bulky": ("checks", "kit"), "told by the event": ("undone_at",)}

    number: Mapped[str] = mapped_column(unique=True)  # CC-2026-001
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"))
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[str]
    witness: Mapped[str | None]
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    kit: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # as `KitOut`
    quarantine_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    undone_because: Mapped[str | None]

    device: Mapped[Device] = relationship()
    employee: Mapped[Employee | None] = relationship()

    @property
    def stood(self) -> list[dict[str, Any]]:
        """Return the checks with their sentences in the language of whoever reads them."""
        return [
            {**one, "sentence": one.get("sentences", {}).get(language(), one["sentence"])}
            for one in self.checks
        ]


class Waiver(Base):
    """A check of the gate that is to be let pass: asked for, and granted by another until a day."""

    __tablename__ = "waiver"
    __trail__ = (
        "number",
        "device_id",
        "check_name",
        "state",
        "reason",
        "until",
        "asked_by",
        "decided_by",
        "note",
    )
    __untold__ = {"told by the event": ("at", "asked_by_id", "decided_at")}
    __table_args__ = (
        Index(None, "device_id", "at"),
        Index(
            "uq_waiver_asked",
            "device_id",
            "check_name",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)  # WV-2026-001
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    check_name: Mapped[CheckName] = mapped_column(stored_as_values(CheckName))
    state: Mapped[WaiverState] = mapped_column(stored_as_values(WaiverState))
    reason: Mapped[str]
    until: Mapped[datetime]
    asked_by: Mapped[str]
    asked_by_id: Mapped[UUID]
    at: Mapped[datetime]  # when it was asked for
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]

    device: Mapped[Device] = relationship()

    @property
    def counts(self) -> bool:
        return self.state is WaiverState.GRANTED and self.until > now()


class Declaration(Base):
    """A person's word on a check of the gate that the phone did not answer.

    `account_id`: of one account on it alone.
    """

    __tablename__ = "declaration"
    __trail__ = ("device_id", "check_name", "note", "by", "at", "account_id")
    __table_args__ = (Index(None, "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    check_name: Mapped[CheckName] = mapped_column(stored_as_values(CheckName))
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class Wipe(Base):
    """A phone that was erased, or is said to be; stock it is when a visit has found it empty.

    `boots` is by which start it was known before. `left` is what the newest visit since then found
    that an empty phone does not have, or could not tell: words of `fleet.custody.emptiness`.
    """

    __tablename__ = "wipe"
    __trail__ = ("device_id", "way", "level", "by", "note", "digest", "empty_at")
    __untold__ = {
        "told by the event": ("at", "station_id", "looked_at"),
        "a comparison, no fact": ("boots",),
        "what a visit saw, told where it changes something": ("left",),
    }
    __table_args__ = (Index(None, "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    way: Mapped[str]
    level: Mapped[Level] = mapped_column(stored_as_values(Level))
    at: Mapped[datetime]
    by: Mapped[str]
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    note: Mapped[str | None]
    digest: Mapped[str | None]
    boots: Mapped[str | None]
    looked_at: Mapped[datetime | None]
    empty_at: Mapped[datetime | None]
    left: Mapped[list[str]] = mapped_column(JSON, default=list)

    device: Mapped[Device] = relationship()
    station: Mapped[Station | None] = relationship()
