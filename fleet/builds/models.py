"""Builds of phones, and what each visit to their lock tools has shown."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from fleet.contracts.builds import BuildTrust
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device


class BuildVisit(Base):
    """A row is added and never changed: what the steps of one visit showed, by the server's clock.

    `outcome` is the reason code of the station's report, `rotation_id` where the steps are kept.
    """

    __tablename__ = "build_visit"
    __untold__ = {
        "it is a log of evidence itself": (
            "build_id",
            "device_id",
            "rotation_id",
            "at",
            "showed",
            "why",
            "outcome",
        )
    }
    __table_args__ = (Index(None, "build_id", "at"),)

    build_id: Mapped[UUID] = mapped_column(ForeignKey("build.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    rotation_id: Mapped[UUID]
    at: Mapped[datetime]
    showed: Mapped[BuildTrust] = mapped_column(stored_as_values(BuildTrust))
    why: Mapped[str | None]
    outcome: Mapped[str | None]

    device: Mapped[Device] = relationship()


class Build(Base):
    """`name` is brand, model and fingerprint.

    What was once found to lie stays untrusted, whatever it shows later, until somebody resets it.
    """

    __tablename__ = "build"
    __trail__ = ("name", "trust", "why")
    __untold__ = {
        "in the event": ("shown_by", "reset_by", "reset_reason"),
        "derived": ("first_seen_at", "since", "reset_at", "visits", "last_visit_at"),
    }
    __table_args__ = (
        CheckConstraint("(trust = 'unknown') = (since IS NULL)", name="since_when_it_is_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    first_seen_at: Mapped[datetime]
    trust: Mapped[BuildTrust] = mapped_column(
        stored_as_values(BuildTrust), default=BuildTrust.UNKNOWN
    )
    why: Mapped[str | None]
    since: Mapped[datetime | None]
    shown_by: Mapped[UUID | None]  # the rotation
    reset_at: Mapped[datetime | None]
    reset_by: Mapped[str | None]
    reset_reason: Mapped[str | None]

    # Counted when asked: a visit only adds a row, so that two stations never wait for each other.
    visits: Mapped[int] = column_property(
        select(func.count(BuildVisit.id))
        .where(BuildVisit.build_id == id)  # noqa: A003 — the row's own key
        .correlate_except(BuildVisit)
        .scalar_subquery()
    )
    last_visit_at: Mapped[datetime | None] = column_property(
        select(func.max(BuildVisit.at))
        .where(BuildVisit.build_id == id)  # noqa: A003 — the row's own key
        .correlate_except(BuildVisit)
        .scalar_subquery()
    )

    def learn(self, trust: BuildTrust, why: str | None, rotation: UUID, at: datetime) -> None:
        self.trust, self.why, self.shown_by, self.since = trust, why, rotation, at

    def forget(self) -> None:
        self.trust, self.why, self.shown_by, self.since = BuildTrust.UNKNOWN, None, None, None
