"""Issue, return, accept and reassign on the wire."""

from datetime import date
from enum import StrEnum

from fleet.contracts.proof import Level
from fleet.contracts.wire import EmployeeRef, Given, Moment, Reason, Short, Shown


class Thing(StrEnum):
    """What can be held."""

    DEVICE = "device"
    SIM = "sim"
    ACCOUNT = "account"


class IssueIn(Given):
    to: Short  # employee number
    devices: list[Short] = []  # tags
    sims: list[Short] = []  # numbers or ICCIDs
    accounts: list[Short] = []  # handles
    # WeChat's terms give an account to its first registrant; the operator says that he has seen it.
    registrant_seen: bool = False
    # One person has one account of a kind; why this one may have another.
    exception: Reason | None = None
    until: date | None = None  # a loan: to be given back on that day


class HoldingOut(Shown):
    thing: Thing
    name: str  # tag, number or handle
    holder: EmployeeRef
    issued_at: Moment
    returned_at: Moment | None
    due_on: date | None = None


class IssueOut(Shown):
    to: EmployeeRef
    holdings: list[HoldingOut]
    warnings: list[str] = []


class ReturnIn(Given):
    note: Short | None = None


class CheckName(StrEnum):
    """The checks of the return gate."""

    PIN = "pin"  # the PIN is known to the company
    BACKUP = "backup"  # everything on the phone is stored, and nothing changed since
    ACCOUNTS = "accounts"  # passwords of the accounts on it were changed
    SIM = "sim"  # the SIM of the ledger is in it, or was handed in
    VENDOR_ACCOUNT = "vendor_account"  # no account is left that locks the phone after a wipe
    CHAT_HISTORY = "chat_history"  # the chats are as safe as the plan demands
    HANDED_BACK = "handed_back"  # the holder gave the phone back


class CheckOut(Shown):
    check: CheckName
    ok: bool
    level: Level
    needed: Level
    sentence: str  # what is so
    advice: str  # what to do next, empty when the check holds
    waived_by: str | None = None


class GateOut(Shown):
    """The return gate of one phone; `open` lists the names of the checks that do not hold."""

    tag: str
    holder: EmployeeRef | None
    checks: list[CheckOut]
    open: list[CheckName]
    warnings: list[str] = []  # what does not keep it closed, and is to be known


class AcceptIn(Given):
    witness: Short | None = None
    dry_run: bool = False


class AcceptOut(Shown):
    tag: str
    state: str
    gate: GateOut
    certificate: str | None  # number of the certificate, e.g. CC-2026-001
    wipe_job: str | None


class RestockIn(Given):
    """A person's word that a phone is erased, where no station can show it."""

    reason: Reason
    dry_run: bool = False


class WaiverIn(Given):
    check: CheckName
    reason: Reason


class DeclareIn(Given):
    """A person's own word on a check that a phone cannot answer: level `declared`."""

    check: CheckName
    note: Reason


class ReassignIn(Given):
    to: Short
    device: Short | None = None  # the phone it will be used on
    registrant_seen: bool = False
    exception: Reason | None = None  # why this person may have another account of the kind
