"""The audit trail on the wire."""

from fleet.contracts.wire import ListQuery, Moment, Shown


class AuditEntryOut(Shown):
    sequence: int
    at: Moment
    actor: str
    event: str  # "device.issued"
    subject: str  # what it happened to, as people say it (tag, handle, number)
    details: dict[str, object]
    hash: str


class AuditQuery(ListQuery):
    actor: str | None = None
    event: str | None = None
    subject: str | None = None


class TrailOut(Shown):
    """Whether the trail is whole; `broken_at` is the first sequence that does not fit."""

    whole: bool
    entries: int
    head: str | None  # hash of the newest entry
    broken_at: int | None = None
    problem: str | None = None
