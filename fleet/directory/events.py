"""What happens to proposals."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.directory import ProposalKind

DIRECTORY: Final = UUID(int=8)  # the directory as the subject of an event


@dataclass(frozen=True, kw_only=True)
class DirectorySynced(Event):
    """A list was compared with the register."""

    name = "directory.synced"
    digest: str  # of the file
    rows: int
    proposed: int
    withdrawn: int
    leavers: int
    allowed: int | None  # leavers, where somebody let a crowd leave


@dataclass(frozen=True, kw_only=True)
class Proposed(Event):
    name = "proposal.made"
    kind: ProposalKind
    employee: str


@dataclass(frozen=True, kw_only=True)
class Withdrawn(Event):
    name = "proposal.withdrawn"
    kind: ProposalKind
    employee: str


@dataclass(frozen=True, kw_only=True)
class Agreed(Event):
    name = "proposal.agreed"
    kind: ProposalKind
    employee: str
    by: date | None


@dataclass(frozen=True, kw_only=True)
class Dismissed(Event):
    name = "proposal.dismissed"
    kind: ProposalKind
    employee: str
    reason: str
