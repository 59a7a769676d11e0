"""Users, and the tokens by which users and stations are known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.access import Role
from fleet.database import Base, stored_as_values


class User(Base):
    """A person who works with the product; `password_hash` is argon2id, None for tokens only."""

    __tablename__ = "app_user"  # "user" is a reserved word of PostgreSQL

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(stored_as_values(Role))
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]


class Token(Base):
    """A bearer token, kept as its SHA-256: the token itself is shown once and stored nowhere."""

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (station_id IS NULL)", name="exactly_one_owner"),
    )

    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    station_id: Mapped[UUID | None] = mapped_column(index=True)
    label: Mapped[str]  # what it is for; a station's name
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()

    @property
    def owner_id(self) -> UUID:
        return self.user_id or self.station_id or self.id  # the table's check: one of the first two

    def holds(self, at: datetime) -> bool:
        """Tell whether whoever shows this token is let in at the moment `at`."""
        if self.revoked_at or (self.expires_at and self.expires_at <= at):
            return False
        return self.user is None or self.user.active
