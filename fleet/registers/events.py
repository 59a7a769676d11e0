"""What happens to whole registers."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fleet.audit.events import Event

IMPORTS: Final = UUID(int=7)  # a register as the subject of an event


@dataclass(frozen=True, kw_only=True)
class RegisterImported(Event):
    name = "register.imported"
    digest: str  # of the file
    rows: int
    added: int
    changed: int
