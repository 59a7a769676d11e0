"""What happens to stations and jobs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.stations import JobKind, JobState


@dataclass(frozen=True, kw_only=True)
class StationInvited(Event):
    name = "station.invited"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class StationEnrolled(Event):
    name = "station.enrolled"
    software: str
    life: int


@dataclass(frozen=True, kw_only=True)
class StationLimited(Event):
    name = "station.limited"
    backup_rate: int | None
    rate_from: str | None
    rate_until: str | None


@dataclass(frozen=True, kw_only=True)
class StationTrayNamed(Event):
    """`label` is None where the name was taken away."""

    name = "station.tray_named"
    port: str
    label: str | None


@dataclass(frozen=True, kw_only=True)
class StationRevoked(Event):
    name = "station.revoked"


@dataclass(frozen=True, kw_only=True)
class ReportRejected(Event):
    name = "station.report_rejected"
    sequence: int
    kind: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ReportsLost(Event):
    """Reports the station no longer has and the server never stored."""

    name = "station.reports_lost"
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class JobEvent(Event):
    device: str  # tag
    kind: JobKind


@dataclass(frozen=True, kw_only=True)
class JobPlanned(JobEvent):
    name = "job.planned"


@dataclass(frozen=True, kw_only=True)
class JobLeased(JobEvent):
    name = "job.leased"
    station_id: UUID
    attempt: int


@dataclass(frozen=True, kw_only=True)
class JobEnded(JobEvent):
    name = "job.ended"
    state: JobState
    failure: str | None


@dataclass(frozen=True, kw_only=True)
class JobHeardOfLate(JobEvent):
    """A station reported on a job that had ended, or that another station had by then."""

    name = "job.heard_of_late"
    station_id: UUID


@dataclass(frozen=True, kw_only=True)
class PhoneUnreadableSeen(Event):
    name = "station.phone_unreadable"
    transport: str
    state: str
    reason: str
