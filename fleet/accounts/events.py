"""What happens to accounts."""

from dataclasses import dataclass

from fleet.audit.events import Event
from fleet.contracts.accounts import AccountKind


@dataclass(frozen=True, kw_only=True)
class AccountAdded(Event):
    name = "account.added"
    kind: AccountKind


@dataclass(frozen=True, kw_only=True)
class AccountMoved(Event):
    """An account was frozen, thawed or deregistered."""

    name = "account.moved"
    move: str
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccountCorrected(Event):
    """What the register says of it was corrected; the trail's changes say what."""

    name = "account.corrected"
