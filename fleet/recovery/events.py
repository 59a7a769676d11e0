"""What is remembered of copies of the whole server, and of a server made from one."""

from dataclasses import dataclass
from datetime import datetime

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class ServerBackedUp(Event):
    """`entries` is how long the trail in the set is; `manifest` the SHA-256 of its manifest."""

    name = "server.backed_up"
    entries: int
    manifest: str
    recipients: int


@dataclass(frozen=True, kw_only=True)
class ServerSetsRemoved(Event):
    name = "server.sets_removed"
    sets: list[str]


@dataclass(frozen=True, kw_only=True)
class ServerRestored(Event):
    """Made from the set of `made_at`; the numbers are of what is in doubt since then.

    `moved`: whoever restored it said that nothing happened after the set was made.
    """

    name = "server.restored"
    made_at: datetime
    entries: int
    manifest: str
    moved: bool
    sessions: int
    phones: int
    accounts: int
    jobs: int
    invitations: int
    requests: int
