"""Credentials and their versions: sealed values, what is known of each, and all of history."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.access.asking import AskedForATime
from fleet.audit.events import masked
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, DisclosureState, VersionState
from fleet.contracts.proof import Level
from fleet.database import Base, stored_as_values
from fleet.keys.sealed import SealedColumn, sealed
from fleet.vault.lifecycle import Move, after

NUMBER: Final = re.compile(r"\+?[0-9]{7,20}")


def told(subject: str) -> str:
    """Return what the trail calls a subject: a phone number is masked."""
    return masked(subject) if NUMBER.fullmatch(subject) else subject


class Credential(Base):
    """What opens one phone, account or SIM; `level` says how well the active value is known."""

    __tablename__ = "credential"
    __trail__ = (
        "kind",
        "device_id",
        "account_id",
        "sim_id",
        "subject",
        "level",
        "changed_at",
        "due_at",
        "last_disclosed_at",
    )
    __masked__ = {"subject": told}
    __untold__ = {"derived": ("confirmed_at", "revision")}
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
        UniqueConstraint("device_id", "kind"),
        UniqueConstraint("account_id", "kind"),
        UniqueConstraint("sim_id", "kind"),
        Index(None, "kind", "level"),
    )

    kind: Mapped[CredentialKind] = mapped_column(stored_as_values(CredentialKind))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    sim_id: Mapped[UUID | None] = mapped_column(ForeignKey("sim.id"))
    subject: Mapped[str] = mapped_column(index=True)  # the phone's tag, a handle, a SIM's number
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    changed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    last_disclosed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]  # when the phone was last seen to take the active value
    revision: Mapped[int] = mapped_column()

    versions: Mapped[list["CredentialVersion"]] = relationship(
        back_populates="credential", order_by="CredentialVersion.number"
    )

    # Two visits settled at once: the later one finds that the credential has moved on.
    __mapper_args__ = {"version_id_col": revision}

    @property
    def told(self) -> str:
        """Return the subject as the trail names it."""
        return told(self.subject)

    @property
    def active(self) -> "CredentialVersion | None":
        return next((v for v in self.versions if v.state is VersionState.ACTIVE), None)

    @property
    def pending(self) -> "CredentialVersion | None":
        return next((v for v in self.versions if v.state is VersionState.PENDING), None)

    @property
    def is_unseen(self) -> bool:
        """Tell whether the phone itself showed the value, and nobody was shown it since."""
        if self.changed_at is None or not self.level.at_least(Level.VERIFIED):
            return False
        return self.last_disclosed_at is None or self.last_disclosed_at < self.changed_at

    @property
    def doubtful(self) -> list["CredentialVersion"]:
        """Return the values that may be in use, the one to be tried next first."""
        found = [v for v in self.versions if v.state is VersionState.DOUBTFUL]
        return sorted(found, key=lambda v: (_moment(v.tried_at), -v.number))


class CredentialVersion(Base):
    """One value, sealed to its credential and number; rows are added and never deleted."""

    __tablename__ = "credential_version"
    __trail__ = ("credential_id", "number", "state", "reason", "disclosed_at")
    __untold__ = {"a secret": ("sealed",), "derived": ("made_at", "ended_at", "tried_at")}
    __table_args__ = (
        UniqueConstraint("credential_id", "number"),
        Index(
            "uq_credential_version_active",
            "credential_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_credential_version_pending",
            "credential_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"), index=True)
    number: Mapped[int]
    sealed: Mapped[str]
    state: Mapped[VersionState] = mapped_column(stored_as_values(VersionState))
    reason: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    disclosed_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]  # when a visit last went out to try it

    credential: Mapped[Credential] = relationship(back_populates="versions")

    @property
    def context(self) -> str:
        return context_of(self.credential_id, self.number)

    def move(self, move: Move) -> None:
        self.state = after(self.state, move)
        self.ended_at = now() if self.state in _ENDED else None


class DisclosureRequest(AskedForATime, Base):
    """Somebody asks to see a value; another person approves; it is seen once."""

    __tablename__ = "disclosure_request"
    __trail__ = (
        "credential_id",
        "state",
        "reason",
        "ticket",
        "pending",
        "asked_by",
        "until",
        "decided_by",
        "note",
        "viewed_at",
    )
    __untold__ = {"derived": ("asked_by_id", "asked_at", "decided_at", "revision")}

    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"), index=True)
    state: Mapped[DisclosureState] = mapped_column(stored_as_values(DisclosureState), index=True)
    ticket: Mapped[str | None]
    pending: Mapped[bool]
    viewed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column()

    credential: Mapped[Credential] = relationship()

    # Two decisions, or two views, at once: the later one finds that the request has moved on.
    __mapper_args__ = {"version_id_col": revision}

    def standing(self, at: datetime) -> DisclosureState:
        return self.as_of(self.state, at)


_ENDED = {VersionState.RETIRED, VersionState.REJECTED}


def context_of(credential_id: UUID, number: int) -> str:
    """Name the place a sealed value belongs to."""
    return f"credential:{credential_id}:{number}"


def _moment(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()


sealed(
    SealedColumn(
        CredentialVersion,
        "sealed",
        ("credential_id", "number"),
        lambda row: context_of(row.credential_id, row.number),
    )
)
