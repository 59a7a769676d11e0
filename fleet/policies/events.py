"""What happens to password policies."""

from dataclasses import dataclass
from datetime import datetime

from fleet.audit.events import Event
from fleet.contracts.credentials import CredentialKind


@dataclass(frozen=True, kw_only=True)
class PasswordPolicySet(Event):
    """`moved`: so many credentials are due at another time than before."""

    name = "password_policy.set"
    kind: CredentialKind
    department: str | None
    effective_from: datetime
    reason: str
    moved: int
