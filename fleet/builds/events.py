"""What happens to what is believed of a build."""

from dataclasses import dataclass
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.builds import BuildTrust


@dataclass(frozen=True, kw_only=True)
class BuildJudged(Event):
    """A visit's steps showed that the lock tool can be believed, or that it cannot."""

    name = "build.judged"
    trust: BuildTrust
    why: str | None
    device: str
    rotation: UUID


@dataclass(frozen=True, kw_only=True)
class BuildReset(Event):
    name = "build.reset"
    was: BuildTrust
    reason: str
