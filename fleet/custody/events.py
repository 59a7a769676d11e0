"""What happens to holdings."""

from dataclasses import dataclass
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.custody import CheckName, Thing


@dataclass(frozen=True, kw_only=True)
class Issued(Event):
    """One event for each thing handed out; its subject is the holding."""

    name = "holding.issued"
    thing: Thing
    thing_id: UUID
    holder: str  # employee number
    exception: str | None
    registrant_seen: bool


@dataclass(frozen=True, kw_only=True)
class Returned(Event):
    name = "holding.returned"
    thing: Thing
    thing_id: UUID
    holder: str


@dataclass(frozen=True, kw_only=True)
class DeviceReturnStarted(Event):
    name = "device.return_started"
    note: str | None


@dataclass(frozen=True, kw_only=True)
class AccountReturnStarted(Event):
    name = "account.return_started"


@dataclass(frozen=True, kw_only=True)
class ReturnTakenBack(Event):
    """Its holder keeps it after all."""

    name = "holding.return_taken_back"
    thing: str


@dataclass(frozen=True, kw_only=True)
class CheckDeclared(Event):
    name = "device.check_declared"
    check: CheckName
    note: str


@dataclass(frozen=True, kw_only=True)
class CheckWaived(Event):
    name = "device.check_waived"
    check: CheckName
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviceAccepted(Event):
    """`checks` are the levels the checks stood at, or who waived them."""

    name = "device.accepted"
    certificate: str
    witness: str | None
    checks: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class DeviceWiped(Event):
    name = "device.wiped"
    state: str  # what the station found: verified, observed, guided, refused, in_doubt
    method: str
    reason: str | None
    restocked: bool


@dataclass(frozen=True, kw_only=True)
class DeviceWipeGivenUp(Event):
    name = "device.wipe_given_up"
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviceRestockedByHand(Event):
    name = "device.restocked_by_hand"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccountReassigned(Event):
    name = "account.reassigned"
    former: str | None
    holder: str
    registrant_seen: bool
