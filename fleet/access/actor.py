"""Whoever acts, and the one question that every verb asks first."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from fleet.access import permissions
from fleet.access.errors import NotAllowed
from fleet.access.permissions import GRANTS
from fleet.contracts.access import Role
from fleet.contracts.permissions import Permission


class ActorKind(StrEnum):
    USER = "user"
    STATION = "station"
    SYSTEM = "system"


@dataclass(frozen=True)
class HeldRole:
    """A key of GRANTS; `department_id` is where it ends: that department and all beneath it."""

    role: str
    department_id: UUID | None = None


@dataclass(frozen=True)
class Owner:
    """To whom a thing belongs: its holder, and the departments from the holder's own upwards."""

    employee_id: UUID | None = None
    departments: frozenset[UUID] = frozenset()


NOBODYS: Final = Owner()


class Whole(frozenset[UUID]):
    """Departments among which all are that are beneath them."""


@dataclass(frozen=True)
class Reach:
    """How far a permission goes: the whole company, some departments, what one holds oneself."""

    everything: bool = False
    departments: frozenset[UUID] = frozenset()  # each with all beneath it
    employee_id: UUID | None = None

    @property
    def nowhere(self) -> bool:
        return not (self.everything or self.departments or self.employee_id)

    def covers(self, owner: Owner) -> bool:
        if self.everything or self.departments & owner.departments:
            return True
        return self.employee_id is not None and self.employee_id == owner.employee_id

    def __or__(self, other: Self) -> "Reach":
        return Reach(
            everything=self.everything or other.everything,
            departments=self.departments | other.departments,
            employee_id=self.employee_id or other.employee_id,
        )


@dataclass(frozen=True)
class Actor:
    """The person, station or part of the software on whose behalf something is done.

    `id` is the user's or the station's; `only` narrows what a program's token may ask.
    """

    id: UUID
    name: str
    roles: tuple[HeldRole, ...]
    kind: ActorKind = ActorKind.USER
    source_address: str | None = None
    request_id: str | None = None
    on_behalf: str | None = None
    employee_id: UUID | None = None
    only: frozenset[Permission] | None = None
    token_id: UUID | None = None
    signed_in: bool = False  # by a password, and not by a program's token

    @property
    def role(self) -> str:
        """Return the names of the roles, as a line of the trail and a refusal say them."""
        return ", ".join(sorted({held.role for held in self.roles})) or "—"

    def may(self, permission: Permission) -> bool:
        return not self._reach(permission).nowhere

    def reach(self, permission: Permission) -> Reach:
        """Return how far `permission` goes for this actor; refused where it goes nowhere.

        For finders: whatever lies outside of the reach does not exist for whoever asks.
        """
        reach = self._reach(permission)
        if reach.nowhere:
            raise NotAllowed(permission=permission.value, role=self.role)
        return reach

    def require(self, permission: Permission, *, over: Owner = NOBODYS) -> None:
        """Refuse unless `permission` reaches `over`; what is nobody's needs the whole company."""
        if not self.reach(permission).covers(over):
            raise NotAllowed(permission=permission.value, role=self.role)

    def named(self, on_behalf: str) -> "Actor":
        return replace(self, on_behalf=on_behalf)

    def _reach(self, permission: Permission) -> Reach:
        if self.only is not None and permission not in self.only:
            return Reach()
        found = Reach()
        for held in self.roles:
            if permission in GRANTS.get(held.role, frozenset()):
                found |= self._reach_of(held)
        return found

    def _reach_of(self, held: HeldRole) -> Reach:
        if held.role == Role.EMPLOYEE:
            return Reach(employee_id=self.employee_id)
        if held.department_id is not None:
            return Reach(departments=frozenset({held.department_id}))
        return Reach(everything=held.role not in permissions.ENDS_AT_A_DEPARTMENT)


SYSTEM: Final = Actor(
    id=UUID(int=0),
    name="workfleet",
    roles=(HeldRole(permissions.SYSTEM),),
    kind=ActorKind.SYSTEM,
)
