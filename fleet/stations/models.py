"""Stations, what they reported, and the jobs they are lent."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.ports import PortState
from fleet.contracts.stations import JobKind, JobState
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.search.saying import Said

ON_ITS_PHONE: Final = "state = 'leased' AND NOT read_whole"


class StationState(StrEnum):
    ENROLLED = "enrolled"
    REVOKED = "revoked"


class Station(Base):
    """A computer beside the phones. `life` counts its enrolments: numbering starts anew in each.

    Every report of this life up to `taken` is stored.
    """

    __tablename__ = "station"
    __trail__ = (
        "name",
        "public_key",
        "signing_key",
        "state",
        "software",
        "enrolled_at",
        "life",
        "backup_rate",
        "rate_from",
        "rate_until",
    )
    __untold__ = {"no decision of anybody": ("last_seen_at", "taken", "ports_digest", "offline")}
    __search__ = {"name": Said.WORDS}

    name: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]  # X25519, base64
    signing_key: Mapped[str | None]  # Ed25519, base64; known from its enrolment or first signature
    state: Mapped[StationState] = mapped_column(stored_as_values(StationState))
    software: Mapped[str | None]
    enrolled_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    life: Mapped[int] = mapped_column(default=1)
    taken: Mapped[int] = mapped_column(BigInteger, default=0)
    backup_rate: Mapped[int | None] = mapped_column(BigInteger)  # bytes per second; None: any
    # Minutes of the day, by the server's clock, in which the rate holds; None: always.
    rate_from: Mapped[int | None]
    rate_until: Mapped[int | None]
    ports_digest: Mapped[str | None]  # SHA-256 of the picture in station_port
    # What it last said that it can do while the server is away: see `fleet.stations.readiness`.
    offline: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class StationPort(Base):
    """What a station last saw at one port; its rows are replaced by each new picture."""

    __tablename__ = "station_port"
    __untold__ = {
        "no decision of anybody": (
            "station_id",
            "port",
            "transport",
            "state",
            "serial",
            "reason",
            "since",
        )
    }
    __table_args__ = (UniqueConstraint("station_id", "transport"),)

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    port: Mapped[str]
    transport: Mapped[str]
    state: Mapped[PortState] = mapped_column(stored_as_values(PortState))
    serial: Mapped[str | None]
    reason: Mapped[str]
    since: Mapped[datetime]


class StationTray(Base):
    """What people call the place at a port; it keeps its name whatever lies in it."""

    __tablename__ = "station_tray"
    __trail__ = ("station_id", "port", "label")
    __table_args__ = (
        UniqueConstraint("station_id", "port"),
        UniqueConstraint("station_id", "label"),
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    port: Mapped[str]
    label: Mapped[str]


class EnrolmentCode(Base):
    """A one-time code, kept as its SHA-256."""

    __tablename__ = "enrolment_code"
    __trail__ = ("station_name", "made_by", "expires_at", "used_at")
    __untold__ = {"a secret": ("digest",), "told by the event": ("made_at",)}

    digest: Mapped[str] = mapped_column(unique=True)
    station_name: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StationReport(Base):
    """One report that was taken; what a phone proved, and what was refused, is kept as it came."""

    __tablename__ = "station_report"
    __untold__ = {
        "bulky: kept as it came": (
            "station_id",
            "life",
            "sequence",
            "kind",
            "at",
            "taken_at",
            "digest",
            "refusal",
            "refusal_text",
            "body",
        )
    }
    __table_args__ = (UniqueConstraint("station_id", "life", "sequence"),)

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    life: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    at: Mapped[datetime]  # by the station's clock
    taken_at: Mapped[datetime] = mapped_column(index=True)
    digest: Mapped[str]  # SHA-256 of the report: a resent one has the same
    refusal: Mapped[str | None]  # the code of it
    refusal_text: Mapped[str | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class Job(Base):
    """Work for whichever station the phone is at; `task` names rows and has no secret in it."""

    __tablename__ = "job"
    __trail__ = ("kind", "device_id", "state", "failure")
    __untold__ = {
        "progress, in its own register": (
            "station_id",
            "leased_until",
            "attempts",
            "unsure",
            "step",
            "done",
            "total",
            "files",
            "files_total",
            "rate",
            "told_at",
            "held",
            "read_whole",
            "not_before",
            "rests_from",
            "rests_until",
            "ended_at",
        ),
        "bulky": ("task",),
        "told by the event": ("created_at",),
    }
    __table_args__ = (
        # A phone is worked on by one station and for one thing at a time. What a station has read
        # whole needs its phone no more.
        Index(
            "uq_job_leased_device",
            "device_id",
            unique=True,
            sqlite_where=text(ON_ITS_PHONE),
            postgresql_where=text(ON_ITS_PHONE),
        ),
        Index(None, "state", "device_id"),
    )

    kind: Mapped[JobKind] = mapped_column(stored_as_values(JobKind))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), index=True)
    task: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[JobState] = mapped_column(stored_as_values(JobState), default=JobState.WAITING)
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"), index=True)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)  # how often it was lent
    unsure: Mapped[int] = mapped_column(default=0)  # loans of which nobody said what they did
    step: Mapped[str | None]
    done: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    files: Mapped[int | None]
    files_total: Mapped[int | None]
    rate: Mapped[int | None] = mapped_column(BigInteger)  # bytes per second
    told_at: Mapped[datetime | None]  # when a station last said how far it is
    held: Mapped[bool] = mapped_column(default=False)  # lent to nobody until it is let go
    read_whole: Mapped[bool] = mapped_column(default=False)  # its station needs no phone any more
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    # Minutes of the day in which it is lent to nobody: the quiet hours of whoever has the phone.
    rests_from: Mapped[int | None]
    rests_until: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None]

    device: Mapped[Device] = relationship()
    station: Mapped[Station | None] = relationship()


class JobLease(Base):
    """One time that a job was lent out: whoever had it once may report what became of it."""

    __tablename__ = "job_lease"
    __untold__ = {"progress, in its own register": ("job_id", "attempt", "station_id", "leased_at")}
    __table_args__ = (UniqueConstraint("job_id", "attempt"),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    attempt: Mapped[int]
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    leased_at: Mapped[datetime]
