"""What happens to playbooks."""

from dataclasses import dataclass

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class PlaybookSet(Event):
    """`digest`: SHA-256 of the content as JSON with sorted keys."""

    name = "playbook.set"
    number: int
    reason: str
    digest: str
