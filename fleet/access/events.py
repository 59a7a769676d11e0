"""What happens to users and tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.access import Role


@dataclass(frozen=True, kw_only=True)
class UserMade(Event):
    name = "user.made"


@dataclass(frozen=True, kw_only=True)
class UserLoggedIn(Event):
    name = "user.logged_in"
    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class UserPasswordSet(Event):
    name = "user.password_set"


@dataclass(frozen=True, kw_only=True)
class UserShutOut(Event):
    name = "user.shut_out"


@dataclass(frozen=True, kw_only=True)
class TokenMade(Event):
    name = "token.made"
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    name = "token.revoked"


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Event):
    name = "user.role_granted"
    role: Role
    department_id: UUID | None
    expires_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class RoleWithdrawn(Event):
    name = "user.role_withdrawn"
    role: Role
    department_id: UUID | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccessPolicyChanged(Event):
    """`changed` is name → [before, after]."""

    name = "policy.changed"
    changed: dict[str, list[object]]
