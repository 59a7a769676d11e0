"""Credentials on the wire: never a value, except in the one answer that discloses it."""

from enum import StrEnum
from typing import Final

from pydantic import SecretStr

from fleet.contracts.proof import Level
from fleet.contracts.wire import Given, ListQuery, Moment, Reason, Short, Shown


class CredentialKind(StrEnum):
    DEVICE_PIN = "device_pin"
    ACCOUNT_PASSWORD = "account_password"  # noqa: S105 — the name of a kind
    ACCOUNT_BINDING = "account_binding"  # to a number: WeCom signs in without a password
    SIM_PIN = "sim_pin"
    SIM_PUK = "sim_puk"


# Kept in the vault, and changed by a person and the carrier alone: no station rotates them.
OF_SIMS: Final = frozenset({CredentialKind.SIM_PIN, CredentialKind.SIM_PUK})
OF_ACCOUNTS: Final = (CredentialKind.ACCOUNT_PASSWORD, CredentialKind.ACCOUNT_BINDING)
# No value of these is ever drawn: a binding is the number of a SIM that the company has.
NEVER_DRAWN: Final = OF_SIMS | {CredentialKind.ACCOUNT_BINDING}


class VersionState(StrEnum):
    PENDING = "pending"  # stored before anything touches the phone
    ACTIVE = "active"  # what opens the phone, as far as is known
    DOUBTFUL = "doubtful"  # it may be what opens the phone: both are kept until a visit settles it
    RETIRED = "retired"  # replaced, kept for history
    REJECTED = "rejected"  # shown not to be in use


class CredentialOut(Shown):
    kind: CredentialKind
    subject: str  # tag, handle or number
    level: Level
    changed_at: Moment | None
    confirmed_at: Moment | None = None  # when it was last seen to open it, without being changed
    due_at: Moment | None
    versions: int
    doubtful: int
    last_disclosed_at: Moment | None


class CredentialQuery(ListQuery):
    kind: CredentialKind | None = None
    level: Level | None = None


class AdoptIn(Given):
    """A value that a person knows already and hands to the vault: level `declared`."""

    kind: CredentialKind
    value: SecretStr
    reason: Reason


class DiscloseIn(Given):
    """`ticket` is the number of a case or a ticket elsewhere that it is for."""

    kind: CredentialKind
    reason: Reason
    ticket: Short | None = None
    pending: bool = False  # the new value of a change that is under way


class DisclosedOut(Shown):
    """The only message with a value in it. `doubtful` are values that may open it instead."""

    kind: CredentialKind
    subject: str
    value: str
    level: Level
    doubtful: list[str] = []
    rotation_due_at: Moment | None
    changed_since: bool = False  # the value was changed after it was asked for


class DisclosureState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    VIEWED = "viewed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # its time ran out before it was decided or seen


class DecisionIn(Given):
    note: Reason


class DisclosureOut(Shown):
    """A request to see a value. Until `until` it can be decided or, once approved, seen once."""

    id: str
    kind: CredentialKind
    subject: str
    state: DisclosureState
    reason: str
    ticket: str | None
    pending: bool
    asked_by: str
    asked_at: Moment
    until: Moment
    decided_by: str | None
    decided_at: Moment | None
    note: str | None
    viewed_at: Moment | None


class DisclosureQuery(ListQuery):
    state: DisclosureState | None = None
    subject: str | None = None
    mine: bool = False  # asked by whoever asks now
