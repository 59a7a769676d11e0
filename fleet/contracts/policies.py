"""Password policies on the wire: what is demanded of values, and when they are due."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.people import VersionsQuery
from fleet.contracts.wire import Given, Moment, Reason, Short, Shown


class Trigger(StrEnum):
    """What makes a rotation due at once, where the policy says so."""

    ISSUE = "issue"
    RETURN = "return"
    REASSIGN = "reassign"
    DISCLOSURE = "disclosure"
    INCIDENT = "incident"
    DRIFT = "drift"
    HEAD_CHANGE = "head_change"  # on request


class Characters(StrEnum):
    LOWER = "lower"
    UPPER = "upper"
    DIGITS = "digits"
    SYMBOLS = "symbols"


class Pattern(StrEnum):
    """What no PIN is made of."""

    RUNS = "runs"  # 1234, 9876, 8901
    REPEATS = "repeats"  # 1111, 1212, 123123, only two digits
    DATES = "dates"  # years, days of the year, birthdays
    KEYPAD = "keypad"  # lines, corners and squares on the keys: 2580, 1470, 1254
    NUMBER = "number"  # of a SIM of the phone or of its holder


# What a policy's length may be, by kind.
LENGTHS: Final = {
    CredentialKind.DEVICE_PIN: (4, 16),
    CredentialKind.ACCOUNT_PASSWORD: (8, 64),
    CredentialKind.ACCOUNT_BINDING: (11, 11),
    CredentialKind.SIM_PIN: (4, 8),
    CredentialKind.SIM_PUK: (8, 8),
}
NEVER: Final = 0  # of a maximum age

Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class PolicyIn(Given):
    """A new version: what is left out stays as it is in force where and when this one begins."""

    kind: CredentialKind
    department: Short | None = None  # the whole company where none is named
    effective_from: Moment | None = None  # at once
    reason: Reason
    inherits: bool = False  # the department has no policy of its own any more
    max_age_days: int | None = Field(None, ge=0, le=3650, description="0: never by age alone.")
    warning_days: int | None = Field(None, ge=0, le=365)
    length: int | None = Field(None, ge=4, le=64)
    classes: list[Characters] | None = Field(None, min_length=1)
    history: int | None = Field(None, ge=0, le=100)
    patterns: list[Pattern] | None = None
    events: list[Trigger] | None = None
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    no_quiet: bool = False
    disclosure_hours: int | None = Field(None, ge=0, le=8760)
    dry_run: bool = False


class PolicyOut(Shown):
    """One version; `bits` is the entropy of a value drawn by it, None where none is drawn."""

    id: str | None  # None: the settings of the server
    kind: CredentialKind
    department: str | None
    effective_from: Moment | None
    in_force: bool = True
    inherits: bool = False
    set_at: Moment | None = None
    set_by: str | None = None
    reason: str | None = None
    max_age_days: int
    warning_days: int
    length: int
    classes: list[Characters]
    history: int
    patterns: list[Pattern]
    events: list[Trigger]
    quiet_from: Clock | None
    quiet_until: Clock | None
    disclosure_hours: int
    allowed: str | None = None  # how many values: more than a number of JSON carries exactly
    exact: bool = True  # False: at least so many
    bits: float | None = None


class PolicyQuery(VersionsQuery):
    kind: CredentialKind | None = None


class PolicyShowQuery(Given):
    kind: CredentialKind
    department: str | None = None
    at: Moment | None = None


class FallsDueOut(Shown):
    """How many credentials would be due by a day, as things stand and under the new policy."""

    days: int
    now: int
    then: int


class PolicySetOut(Shown):
    policy: PolicyOut
    credentials: int  # to which it applies
    falls_due: list[FallsDueOut] = []
    dry_run: bool = False
