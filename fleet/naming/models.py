"""Rules for the names of accounts: a row per version; and accounts that are named otherwise."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.naming import DeviationState
from fleet.contracts.proof import Level
from fleet.database import Base, stored_as_values
from fleet.naming.templates import Rules
from fleet.people.in_force import Version


class NamingRule(Version, Base):
    """How accounts of a kind are named in a department and beneath it, from a moment on."""

    __tablename__ = "naming_rule"
    __trail__ = (
        "kind",
        "department_id",
        "effective_from",
        "reason",
        "inherits",
        "template",
        "company",
        "least",
        "most",
        "refuse",
        "due_days",
    )
    __untold__ = {"told by the event": ("set_at", "set_by")}
    __table_args__ = (
        CheckConstraint("department_id IS NOT NULL OR NOT inherits", name="company_has_its_own"),
        CheckConstraint("least <= most", name="lengths_in_order"),
        Index(None, "kind", "effective_from"),
    )

    kind: Mapped[AccountKind] = mapped_column(stored_as_values(AccountKind))
    template: Mapped[str]
    company: Mapped[str | None]
    least: Mapped[int]
    most: Mapped[int]
    refuse: Mapped[bool]
    due_days: Mapped[int]

    @property
    def rules(self) -> Rules:
        return Rules(self.template, self.company, self.least, self.most)


class Deviation(Base):
    """An account whose nickname is not as its rule says; it closes once the register says so.

    `wanted`: what was agreed on. `digest`: of the picture that showed the nickname.
    """

    __tablename__ = "naming_deviation"
    __trail__ = (
        "number",
        "account_id",
        "nickname",
        "faults",
        "proposed",
        "wanted",
        "due_at",
        "closed_at",
        "closed_because",
        "level",
    )
    __untold__ = {
        "told by the event": ("opened_at", "agreed_at", "agreed_by", "digest"),
    }
    __table_args__ = (
        Index(
            "uq_naming_deviation_open",
            "account_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CheckConstraint("(wanted IS NULL) = (agreed_at IS NULL)", name="agreed_on_something"),
        Index(None, "closed_at", "due_at"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # ND-2026-00001
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    nickname: Mapped[str | None]
    faults: Mapped[list[str]] = mapped_column(JSON)
    proposed: Mapped[str | None]
    wanted: Mapped[str | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    agreed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None]
    level: Mapped[Level | None] = mapped_column(stored_as_values(Level))
    digest: Mapped[str | None]

    account: Mapped[Account] = relationship()

    @property
    def state(self) -> DeviationState:
        if self.closed_at is not None:
            return DeviationState.CLOSED
        return DeviationState.AGREED if self.wanted else DeviationState.OPEN
