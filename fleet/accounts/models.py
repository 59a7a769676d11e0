"""Work accounts: WeChat, WeCom and official ones. Their passwords are in the vault."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.lifecycle import Move, State, after
from fleet.audit.events import masked
from fleet.contracts.accounts import AccountKind, RegistrantStanding
from fleet.contracts.clock import now
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.models import Department
from fleet.search.saying import Said


class Account(Base):
    """An account; `device` is the phone it is used on, `registrant` who registered it first."""

    __tablename__ = "account"
    __trail__ = (
        "kind",
        "handle",
        "nickname",
        "number",
        "contact",
        "real_name",
        "card_bound",
        "contacts",
        "contacts_on",
        "registrant",
        "registrant_standing",
        "administrators",
        "department_id",
        "opened_on",
        "note",
        "state",
        "device_id",
    )
    __masked__ = {"number": masked, "contact": masked}
    __untold__ = {"derived": ("returning_since", "version")}
    __search__ = {
        "handle": Said.HANDLE,
        "nickname": Said.NAME,
        "number": Said.NUMBER,
        "registrant": Said.NAME,
    }
    __table_args__ = (UniqueConstraint("kind", "handle"), Index(None, "state", "handle"))

    kind: Mapped[AccountKind] = mapped_column(stored_as_values(AccountKind))
    handle: Mapped[str] = mapped_column(index=True)
    nickname: Mapped[str | None]
    number: Mapped[str | None] = mapped_column(index=True)  # the phone number it is bound to
    contact: Mapped[str | None]  # the QQ or e-mail it is bound to
    real_name: Mapped[bool | None]
    card_bound: Mapped[bool | None]  # a bank card is
    contacts: Mapped[int | None]  # outside of the company, on the day of `contacts_on`
    contacts_on: Mapped[date | None]
    registrant: Mapped[str | None]
    registrant_standing: Mapped[RegistrantStanding | None] = mapped_column(
        stored_as_values(RegistrantStanding)
    )
    administrators: Mapped[str | None]  # of an official account
    opened_on: Mapped[date | None]
    note: Mapped[str | None]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"), index=True)
    state: Mapped[State] = mapped_column(stored_as_values(State), default=State.IN_STOCK)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    returning_since: Mapped[datetime | None]  # proofs older than this say nothing of its return
    version: Mapped[int] = mapped_column()

    department: Mapped[Department | None] = relationship()
    device: Mapped[Device | None] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)
        if self.state is State.RETURNING:
            self.returning_since = now()
        elif self.state is State.ISSUED:
            self.returning_since = None  # what was shown for an earlier return is spent
