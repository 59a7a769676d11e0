"""SIM cards on the wire."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.numbers import CardNumber, PhoneNumber
from fleet.contracts.wire import (
    Day,
    EmployeeRef,
    Given,
    ListQuery,
    Moment,
    Reason,
    Short,
    Shown,
)


class OwnerKind(StrEnum):
    """In whose name a number is registered with the carrier."""

    COMPANY = "company"
    PERSON = "person"


class SimIn(Given):
    number: PhoneNumber
    iccid: CardNumber
    carrier: Short | None = None
    registered_owner: Short | None = None
    owner_kind: OwnerKind | None = None
    actual_user: Short | None = None  # who uses it, where that is not its holder
    plan: Short | None = None
    opened_on: Day | None = None
    note: Short | None = None


class SimEdit(Given):
    """What is corrected: a field that is left out stays, null empties it."""

    carrier: Short | None = None
    registered_owner: Short | None = None
    owner_kind: OwnerKind | None = None
    actual_user: Short | None = None
    plan: Short | None = None
    opened_on: Day | None = None
    note: Short | None = None


class SimOut(Shown):
    number: str
    iccid: str
    carrier: str | None
    registered_owner: str | None
    owner_kind: OwnerKind | None = None
    actual_user: str | None = None
    plan: str | None
    opened_on: Day | None = None
    note: str | None = None
    state: str
    # The number was somebody's; until then nobody else is handed it.
    quarantined_until: Moment | None = None
    accounts: list[str] = []  # handles of the accounts that are bound to the number
    holder: EmployeeRef | None
    device: str | None  # tag of the phone it was last seen in


class SimQuery(ListQuery):
    state: str | None = None
    holder: str | None = None
    carrier: str | None = None
    device: str | None = None  # tag of the phone it was last seen in
    owner_kind: OwnerKind | None = None
    quarantined: bool = Field(default=False, description="Only numbers that rest before reuse.")


class NewCardIn(Given):
    """A number goes on on another card: the carrier has replaced it."""

    iccid: CardNumber
    reason: Reason


class NumberPolicyIn(Given):
    """From now on a number that is freed rests so long before somebody else gets it."""

    quarantine_days: int = Field(ge=0, le=3650)
    reason: Reason


class NumberPolicyOut(Shown):
    quarantine_days: int
    reason: str | None  # None: nobody has set it yet
    set_by: str | None
    set_at: Moment | None
