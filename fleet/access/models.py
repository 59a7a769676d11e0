"""Users, the roles they were granted, and the tokens by which users and stations are known."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.access import Role
from fleet.database import Base, stored_as_values
from fleet.keys.sealed import SealedColumn, sealed


def _held_once(name: str, *columns: str, held: str = "") -> Index:
    """Return the index by which nobody holds one role twice for the same part of the company."""
    live = text(f"{held}ended_at IS NULL")
    return Index(
        f"uq_role_grant_{name}", *columns, unique=True, sqlite_where=live, postgresql_where=live
    )


class User(Base):
    """A person who works with the product; `password_hash` is argon2id, None for tokens only."""

    __tablename__ = "app_user"  # "user" is a reserved word of PostgreSQL
    __trail__ = (
        "username",
        "name",
        "employee_id",
        "active",
        "must_change",
        "totp_since",
        "break_glass",
        "alarm_since",
    )
    __untold__ = {
        "a secret": ("password_hash", "former_hashes", "totp_sealed", "totp_step"),
        "told by the event": ("made_at",),
    }

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    # Who this user is among the holders; what he holds himself is then his to see.
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), unique=True)
    password_hash: Mapped[str | None]
    former_hashes: Mapped[list[str]] = mapped_column(JSON, default=list)
    must_change: Mapped[bool] = mapped_column(default=False)  # somebody else chose the password
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    totp_sealed: Mapped[str | None]  # shared secret of RFC 6238, sealed to this row
    totp_since: Mapped[datetime | None]  # when it was confirmed by a first code
    totp_step: Mapped[int | None] = mapped_column(BigInteger)  # the last one used: never again
    # The account in the safe: all roles, no second factor, no lockout, and its use is an alarm.
    break_glass: Mapped[bool] = mapped_column(default=False)
    alarm_since: Mapped[datetime | None]

    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="user", order_by="RoleGrant.granted_at"
    )

    @property
    def has_second_factor(self) -> bool:
        return self.totp_since is not None

    def held(self, at: datetime) -> list["RoleGrant"]:
        """Return the roles that this user holds at the moment `at`."""
        return [grant for grant in self.grants if grant.holds(at)]


class RoleGrant(Base):
    """A role, granted by somebody for a reason; it ends by a date or by a decision, on record."""

    __tablename__ = "role_grant"
    __trail__ = (
        "user_id",
        "role",
        "department_id",
        "reason",
        "granted_by",
        "granted_at",
        "expires_at",
        "ended_at",
        "ended_by",
        "end_reason",
    )
    __table_args__ = (
        _held_once("everywhere", "user_id", "role", held="department_id IS NULL AND "),
        _held_once("department", "user_id", "role", "department_id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    role: Mapped[Role] = mapped_column(stored_as_values(Role))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    reason: Mapped[str]
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]

    user: Mapped[User] = relationship(back_populates="grants")

    def holds(self, at: datetime) -> bool:
        return self.ended_at is None and (self.expires_at is None or at < self.expires_at)


class AccessPolicy(Base):
    """The single row of what the company demands of its users; minutes and hours as named."""

    __tablename__ = "access_policy"
    __trail__ = (
        "administrators_separated",
        "disclosure_needs_approval",
        "approval_minutes",
        "view_minutes",
        "opening_needs_approval",
        "opening_hours",
        "password_length",
        "password_classes",
        "lockout_after",
        "lockout_seconds",
        "lockout_seconds_most",
        "idle_minutes",
        "session_hours",
        "second_factor",
    )

    administrators_separated: Mapped[bool] = mapped_column(default=False)
    disclosure_needs_approval: Mapped[bool] = mapped_column(default=False)
    approval_minutes: Mapped[int] = mapped_column(default=240)
    view_minutes: Mapped[int] = mapped_column(default=15)
    opening_needs_approval: Mapped[bool] = mapped_column(default=True)
    opening_hours: Mapped[int] = mapped_column(default=24)
    password_length: Mapped[int] = mapped_column(default=12)
    password_classes: Mapped[int] = mapped_column(default=1)
    lockout_after: Mapped[int] = mapped_column(default=5)
    lockout_seconds: Mapped[int] = mapped_column(default=30)
    lockout_seconds_most: Mapped[int] = mapped_column(default=3600)
    idle_minutes: Mapped[int] = mapped_column(default=60)
    session_hours: Mapped[int] = mapped_column(default=12)
    second_factor: Mapped[str] = mapped_column(default="optional")

    @property
    def session_lasts(self) -> timedelta:
        return timedelta(hours=self.session_hours)


class RecoveryCode(Base):
    """What lets a person in once who has lost his second factor; kept as its SHA-256."""

    __tablename__ = "recovery_code"
    __untold__ = {"a secret": ("user_id", "digest", "used_at")}

    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    digest: Mapped[str]
    used_at: Mapped[datetime | None]


class SignInGuard(Base):
    """How often in a row somebody signed in wrongly under a name, whether there is one or not."""

    __tablename__ = "sign_in_guard"
    __untold__ = {"told by the event": ("username", "wrong", "locked_until", "last_at")}

    username: Mapped[str] = mapped_column(unique=True)
    wrong: Mapped[int]
    locked_until: Mapped[datetime | None]
    last_at: Mapped[datetime]


class Token(Base):
    """A bearer token, kept as its SHA-256: the token itself is shown once and stored nowhere.

    One that a password gave is a session: it ends when it was idle for too long. `only` narrows
    what may be asked with it.
    """

    __tablename__ = "token"
    __trail__ = ("user_id", "station_id", "label", "expires_at", "revoked_at", "only", "agent")
    __untold__ = {
        "a secret": ("digest",),
        "no decision of anybody": ("last_used_at", "idle_seconds", "source_address"),
        "told by the event": ("made_at",),
    }
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (station_id IS NULL)", name="exactly_one_owner"),
    )

    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    station_id: Mapped[UUID | None] = mapped_column(index=True)
    label: Mapped[str]  # what it is for; a station's name
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    idle_seconds: Mapped[int | None]  # set on sessions alone
    only: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    agent: Mapped[str | None]  # what signed in, by its own word
    source_address: Mapped[str | None]

    user: Mapped[User | None] = relationship()

    @property
    def is_session(self) -> bool:
        return self.idle_seconds is not None

    def idle_for(self, at: datetime) -> float:
        """Return the seconds since it was last used, or made."""
        return (at - (self.last_used_at or self.made_at)).total_seconds()

    @property
    def owner_id(self) -> UUID:
        return self.user_id or self.station_id or self.id  # the table's check: one of the first two

    def holds(self, at: datetime) -> bool:
        """Tell whether whoever shows this token is let in at the moment `at`."""
        if self.revoked_at or (self.expires_at and self.expires_at <= at):
            return False
        if self.idle_seconds is not None and self.idle_for(at) > self.idle_seconds:
            return False
        return self.user is None or self.user.active


def totp_context(user_id: UUID) -> str:
    """Name the place that a sealed second factor belongs to."""
    return f"app_user:{user_id}:totp"


sealed(SealedColumn(User, "totp_sealed", (), lambda row: totp_context(row.id)))
