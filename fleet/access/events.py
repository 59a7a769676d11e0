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
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TokenMade(Event):
    name = "token.made"
    user: str
    expires_at: datetime | None
    only: list[str]


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


@dataclass(frozen=True, kw_only=True)
class UserLoggedOut(Event):
    name = "user.logged_out"


@dataclass(frozen=True, kw_only=True)
class UserLetIn(Event):
    name = "user.let_in_again"
    reason: str


@dataclass(frozen=True, kw_only=True)
class UserUnlocked(Event):
    name = "user.unlocked"


@dataclass(frozen=True, kw_only=True)
class SignInLocked(Event):
    """`subject_name` is the name that was tried; there may be no such user."""

    name = "user.sign_in_locked"
    wrong: int
    locked_until: datetime


@dataclass(frozen=True, kw_only=True)
class SecondFactorSetUp(Event):
    name = "user.second_factor_set_up"


@dataclass(frozen=True, kw_only=True)
class SecondFactorRemoved(Event):
    name = "user.second_factor_removed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesMade(Event):
    name = "user.recovery_codes_made"


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Event):
    name = "user.recovery_code_used"
    left: int


@dataclass(frozen=True, kw_only=True)
class BreakGlassSealed(Event):
    name = "user.break_glass_sealed"


@dataclass(frozen=True, kw_only=True)
class BreakGlassUsed(Event):
    name = "user.break_glass_used"


@dataclass(frozen=True, kw_only=True)
class BreakGlassAcknowledged(Event):
    name = "user.break_glass_acknowledged"
    reason: str
