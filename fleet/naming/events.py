"""What happens to the names of accounts."""

from dataclasses import dataclass
from datetime import datetime

from fleet.audit.events import Event
from fleet.contracts.accounts import AccountKind
from fleet.contracts.proof import Level


@dataclass(frozen=True, kw_only=True)
class NamingRuleSet(Event):
    name = "naming_rule.set"
    kind: AccountKind
    department: str | None
    effective_from: datetime
    template: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviationOpened(Event):
    name = "naming_deviation.opened"
    account: str
    faults: list[str]
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class NicknameAgreed(Event):
    name = "naming_deviation.agreed"
    account: str
    wanted: str


@dataclass(frozen=True, kw_only=True)
class DeviationEnded(Event):
    """`level`: how well it is known that the nickname is as it should be."""

    name = "naming_deviation.closed"
    account: str
    because: str
    level: Level | None
    digest: str | None  # of the picture that showed it
