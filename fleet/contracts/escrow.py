"""Escrow keys on the wire: age recipients that backups are sealed to, and who keeps them."""

import re
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from pydantic import StringConstraints

from fleet.contracts.wire import Day, Digest, Given, Handle, ListQuery, Moment, Reason, Short, Shown

GROUPS: Final = 6  # of five digits: about 100 bits, and half a minute to read aloud
# Longer than any recipient, so that what is no recipient reaches the check that tells why.
Pasted = Annotated[str, StringConstraints(max_length=20_000)]


class EscrowState(StrEnum):
    REQUESTED = "requested"  # waits for a second person; nothing is sealed to it
    ACTIVE = "active"  # every new pack is sealed to it
    DENIED = "denied"
    RETIRED = "retired"  # nothing new is sealed to it; it opens what was


class Custody(StrEnum):
    """Whether the identity on paper, or on a stick, was shown to open what it should."""

    PROVEN = "proven"
    OVERDUE = "overdue"
    NEVER = "never_checked"


class EscrowKeyIn(Given):
    """`kept_with` is the second person, where each of two holds a part."""

    name: Handle
    recipient: Pasted
    kept_by: Short
    kept_with: Short | None = None
    kept_at: Short
    since: Day | None = None
    reason: Reason


class EscrowConfirmIn(Given):
    """The fingerprint is read from the paper that lies with the identity, not from a screen."""

    fingerprint: Short
    note: Reason


class EscrowRetireIn(Given):
    reason: Reason


class EscrowKeyOut(Shown):
    name: str
    recipient: str
    fingerprint: str
    state: EscrowState
    kept_by: str
    kept_with: str | None
    kept_at: str
    since: Day
    from_settings: bool  # it was a recipient before keys were kept here
    reason: str
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    note: str | None
    retired_at: Moment | None
    retired_by: str | None
    retired_because: str | None
    proved_at: Moment | None
    proved_by: str | None
    proof_due_at: Moment | None  # None for what is not active
    custody: Custody


class EscrowQuery(ListQuery):
    state: EscrowState | None = None
    custody: Custody | None = None


class ChallengeOut(Shown):
    """Random bytes, sealed to the key and in base64: who has the identity tells their digest."""

    sealed: str
    until: Moment


class ProofIn(Given):
    answer: Digest


class EscrowToday(Shown):
    """What is not well with the keys, or should be known by everybody who watches."""

    waiting: list[str] = []  # for a second person
    new: list[str] = []  # of the last days: they open every backup made since
    overdue: list[str] = []  # nobody has shown in time that the identity is still there
    single: bool = False  # one fire, and no backup opens any more
    settings_differ: bool = False  # the settings name a recipient that is none of the keys


def fingerprint_of(recipient: str) -> str:
    """Return what two people compare aloud: digits, which every language reads."""
    digest = sha256(recipient.encode()).digest()
    parts = (digest[at : at + 5] for at in range(0, GROUPS * 5, 5))
    return " ".join(f"{int.from_bytes(part, 'big') % 100_000:05d}" for part in parts)


def same_fingerprint(one: str, other: str) -> bool:
    return re.sub(r"\D", "", one) == re.sub(r"\D", "", other)


def key_id(recipient: str) -> str:
    """Return the short name of a recipient, where a list of them is kept beside every pack."""
    return sha256(recipient.encode()).hexdigest()[:16]


def sealed_to(recipients: list[str] | tuple[str, ...]) -> str:
    """Return how it is written to which keys something is sealed: equal for the same set."""
    return " ".join(sorted({key_id(recipient) for recipient in recipients}))
