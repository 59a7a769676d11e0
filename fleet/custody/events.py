"""What happens to holdings."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fleet.audit.events import Event
from fleet.contracts.accessories import Condition
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
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class LoanExtended(Event):
    """What was lent is to be given back later; its subject is the holding."""

    name = "holding.loan_extended"
    holder: str
    was: date
    due_on: date
    reason: str


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
    account: str | None = None  # handle


@dataclass(frozen=True, kw_only=True)
class WaiverAsked(Event):
    name = "waiver.asked"
    device: str  # tag
    check: CheckName
    reason: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class WaiverGranted(Event):
    name = "waiver.granted"
    device: str
    check: CheckName
    note: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class WaiverRefused(Event):
    name = "waiver.refused"
    device: str
    check: CheckName
    note: str


@dataclass(frozen=True, kw_only=True)
class WaiverWithdrawn(Event):
    """Taken back by who asked for it, or by who may grant it: also one that was granted."""

    name = "waiver.withdrawn"
    device: str
    check: CheckName
    note: str


@dataclass(frozen=True, kw_only=True)
class AccessoryWordSet(Event):
    name = "accessory_word.set"
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class AccessoryWordRetired(Event):
    name = "accessory_word.retired"


@dataclass(frozen=True, kw_only=True)
class AccessoriesHanded(Event):
    """Its subject is the holding of the phone; counts by word."""

    name = "holding.accessories_handed"
    accessories: dict[str, int]
    condition: Condition | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class AccessoriesTakenBack(Event):
    """`back` and `missing` are what is so from now on, by word."""

    name = "holding.accessories_taken_back"
    back: dict[str, int]
    missing: dict[str, int]
    condition: Condition | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class DeviceAccepted(Event):
    """`checks` are the levels the checks stood at, or who waived them."""

    name = "device.accepted"
    certificate: str
    witness: str | None
    checks: dict[str, str]
    quarantine_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceWiped(Event):
    name = "device.wiped"
    state: str  # what the station found: verified, observed, guided, refused, in_doubt
    method: str
    reason: str | None
    erased: bool


@dataclass(frozen=True, kw_only=True)
class DeviceEraseAllowed(Event):
    """From here on the phone may be erased, whatever is heard of it later."""

    name = "device.erase_allowed"
    station: str
    job: UUID


@dataclass(frozen=True, kw_only=True)
class DeviceWipeGivenUp(Event):
    name = "device.wipe_given_up"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AcceptanceUndone(Event):
    name = "device.acceptance_undone"
    certificate: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class QuarantineEnded(Event):
    """Its days are over, and nothing keeps the phone as it is any more."""

    name = "device.quarantine_ended"


@dataclass(frozen=True, kw_only=True)
class DeviceKept(Event):
    """A preservation stood when a station was to erase it."""

    name = "device.kept"
    preservations: list[str]


@dataclass(frozen=True, kw_only=True)
class DeviceSaidWiped(Event):
    """A person says that he erased it himself."""

    name = "device.said_wiped"
    way: str
    note: str


@dataclass(frozen=True, kw_only=True)
class DeviceFoundEmpty(Event):
    """A visit found nothing of its last life: it is stock."""

    name = "device.found_empty"


@dataclass(frozen=True, kw_only=True)
class DeviceFoundNotEmpty(Event):
    """`left` is what a visit after the wipe found, or could not tell."""

    name = "device.found_not_empty"
    left: list[str]


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


@dataclass(frozen=True, kw_only=True)
class PhotoAttached(Event):
    """How the phone looked; `digest` is of the file as it was sent."""

    name = "device.photo_attached"
    photo: str
    taken: str
    digest: str
    size: int
    note: str | None
