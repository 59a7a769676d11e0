"""The audit trail on the wire."""

from typing import Literal

from fleet.contracts.wire import Given, ListQuery, Moment, Shown


class AuditEntryOut(Shown):
    sequence: int
    at: Moment
    actor: str
    kind: str | None = None  # of the actor: user, station, system
    role: str | None = None
    on_behalf: str | None = None
    event: str  # "device.issued"
    subject: str  # what it happened to, as people say it (tag, handle, number)
    details: dict[str, object]
    changes: dict[str, list[object]] = {}  # "table.column": [before, after]
    request: str | None = None
    source: str | None = None  # address
    hash: str


class AuditQuery(ListQuery):
    """`event` may end in `*`: device.* is everything that happened to phones."""

    actor: str | None = None
    event: str | None = None
    subject: str | None = None
    since: Moment | None = None
    until: Moment | None = None


class TrailOut(Shown):
    """Whether the trail is whole; `broken_at` is the first sequence that does not fit.

    `begins_after` is the entry up to which it was pruned, 0 where it never was.
    """

    whole: bool
    entries: int
    head: str | None  # hash of the newest entry
    begins_after: int = 0
    broken_at: int | None = None
    problem: str | None = None


class PruneIn(Given):
    """Without a moment, what the server's settings keep (`audit_retention_days`) is kept."""

    before: Moment | None = None
    dry_run: bool = False


class PruneOut(Shown):
    """The entries from before a moment: `until` is the last of them."""

    before: Moment
    until: int
    entries: int


class ExportEnd(Shown):
    """The last line of an export: without it the answer was cut."""

    kind: Literal["end"] = "end"
    entries: int
