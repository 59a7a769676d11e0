"""What happens to plans."""

from dataclasses import dataclass

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class PlanEdited(Event):
    """`digest`: SHA-256 of the content as JSON with sorted keys."""

    name = "plan.edited"
    number: int
    reason: str
    digest: str
