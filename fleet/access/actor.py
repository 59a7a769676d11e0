"""Whoever acts, and the one question that every verb asks first."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from fleet.access import permissions
from fleet.access.errors import NotAllowed
from fleet.access.permissions import GRANTS, Permission


class ActorKind(StrEnum):
    USER = "user"
    STATION = "station"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """The person, station or part of the software on whose behalf something is done.

    `id` is the user's or the station's; `role` is a key of GRANTS.
    """

    id: UUID
    name: str
    role: str
    kind: ActorKind = ActorKind.USER
    source_address: str | None = None
    request_id: str | None = None
    on_behalf: str | None = None

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS.get(self.role, frozenset())

    def require(self, permission: Permission) -> None:
        if not self.may(permission):
            raise NotAllowed(permission=permission.value, role=str(self.role))


SYSTEM: Final = Actor(
    id=UUID(int=0), name="workfleet", role=permissions.SYSTEM, kind=ActorKind.SYSTEM
)
