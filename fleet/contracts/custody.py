"""Issue, return, accept and reassign on the wire."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from fleet.contracts.accessories import (
    AccessoryBackIn,
    AccessoryIn,
    AccessoryMissingIn,
    Condition,
    KitOut,
)
from fleet.contracts.proof import Level
from fleet.contracts.wire import (
    Day,
    Digest,
    EmployeeRef,
    Given,
    ListQuery,
    Moment,
    Reason,
    Short,
    Shown,
)


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
    accessories: list[AccessoryIn] = []  # with the one phone among `devices`
    condition: Condition | None = None  # of that phone
    condition_note: Short | None = None
    until: Day | None = None  # a loan: to be given back on that day


class HoldingOut(Shown):
    thing: Thing
    name: str  # tag, number or handle
    holder: EmployeeRef
    issued_at: Moment
    returned_at: Moment | None
    due_on: Day | None = None


class IssueOut(Shown):
    to: EmployeeRef
    holdings: list[HoldingOut]
    warnings: list[str] = []


class ReturnIn(Given):
    """The accessories and the condition are of phones alone."""

    note: Short | None = None
    accessories: list[AccessoryBackIn] = []
    missing: list[AccessoryMissingIn] = []
    condition: Condition | None = None
    condition_note: Short | None = None


class CheckName(StrEnum):
    """The checks of the return gate, in the order in which they are shown."""

    IDENTITY = "identity"  # the phone that was seen is the phone of the register
    SEEN = "seen"  # a station saw it since the return began
    PIN = "pin"  # the PIN is known to the company
    BACKUP = "backup"  # everything on the phone is stored, and nothing was used since
    CHAT_HISTORY = "chat_history"  # the chats are as safe as the plan demands
    ACCOUNTS = "accounts"  # passwords of the accounts on it were changed
    UNBOUND = "unbound"  # no real name and no bank card of the holder is left in them
    VENDOR_ACCOUNT = "vendor_account"  # no account is left that locks the phone after a wipe
    SIM = "sim"  # the SIM of the ledger is in it, or was handed in
    ACCESSORIES = "accessories"  # what was handed out with it is back, or noted as missing
    SIGNATURES = "signatures"  # the papers of the return are signed
    HANDED_BACK = "handed_back"  # the holder gave the phone back


class ProofOut(Shown):
    """Where a check has it from; `by` is a station or a person, `digest` of what was seen."""

    what: str
    level: Level
    at: Moment | None = None
    by: str | None = None
    digest: str | None = None


class CheckOut(Shown):
    check: CheckName
    ok: bool
    level: Level
    needed: Level
    sentence: str  # what is so
    advice: str  # what to do next, empty when the check holds
    waived_by: str | None = None
    waiver: str | None = None  # number of the waiver by which it passes, e.g. WV-2026-001
    waived_because: str | None = None
    waived_until: Moment | None = None
    asked_waiver: str | None = None  # number of one that waits for its decision
    declarable: bool = False  # a person's word is taken for it, as things stand
    waivable: bool = True
    proofs: list[ProofOut] = []


class GateOut(Shown):
    """The return gate of one phone; `open` lists the names of the checks that do not hold."""

    tag: str
    holder: EmployeeRef | None
    checks: list[CheckOut]
    open: list[CheckName]
    warnings: list[str] = []  # what does not keep it closed, and is to be known
    since: Moment | None = None  # when the return began: what is older proves nothing
    kit: KitOut = KitOut()


class AcceptIn(Given):
    """`quarantine_days`: for so long it is kept as it is; as the company sets it if left out."""

    witness: Short | None = None
    quarantine_days: int | None = Field(None, ge=0, le=365)
    dry_run: bool = False


class AcceptOut(Shown):
    """`wipe_job` is None while the phone is kept as it is: until `quarantine_until` at least."""

    tag: str
    state: str
    gate: GateOut
    certificate: str | None  # number of the certificate, e.g. CC-2026-001
    wipe_job: str | None
    quarantine_until: Moment | None = None


class UndoAcceptIn(Given):
    reason: Reason
    dry_run: bool = False


class CertificateOut(Shown):
    """The paper of a phone's coming back; `undone_at`: the acceptance was taken back."""

    number: str
    device: str
    serial: str
    holder: EmployeeRef | None
    accepted_at: Moment
    accepted_by: str
    witness: str | None
    quarantine_until: Moment | None
    checks: list[CheckOut]
    kit: KitOut
    undone_at: Moment | None
    undone_by: str | None
    undone_because: str | None


class CertificateQuery(ListQuery):
    device: str | None = None  # tag
    holder: str | None = None  # employee number


Way = Literal["testharness", "settings", "recovery"]


class WipeWayOut(Shown):
    """A way to erase a phone: what it needs, what it leaves, and how well it can be shown."""

    way: Way
    possible: bool | None  # None: nobody knows yet
    why_not: str
    by: Literal["station", "person"]
    level: Level
    steps: list[str]
    leaves: list[str]  # what outlives it


class WipeOut(Shown):
    """One wipe of a phone, and what a visit found afterwards; `left` is what was not gone."""

    way: str
    level: Level
    at: Moment
    by: str
    station: str | None
    note: str | None
    digest: Digest | None
    looked_at: Moment | None
    empty: bool
    left: list[str]


class WipingOut(Shown):
    """How a phone can be erased, what keeps it from that, and how far it is."""

    tag: str
    state: str
    quarantine_until: Moment | None
    kept_by: list[str]  # preservations: PR-2026-001 …
    waits_for: list[CheckName]  # the open checks of its gate
    ways: list[WipeWayOut]
    never: list[str]  # ways that are told and are none
    wipe: WipeOut | None
    erasing_since: Moment | None = None  # a station may have erased it since, and nobody knows
    advice: str


class WipedIn(Given):
    """A person's word that he erased a phone himself, and what he saw."""

    way: Literal["settings", "recovery"]
    note: Reason


class RestockIn(Given):
    """A person's word that a phone is erased, where no station can show it."""

    reason: Reason
    dry_run: bool = False


class DeclareIn(Given):
    """A person's own word on a check that a phone cannot answer: level `declared`."""

    check: CheckName
    note: Reason
    account: Short | None = None  # handle: of this account alone (`unbound`)


class ReassignIn(Given):
    to: Short
    device: Short | None = None  # the phone it will be used on
    registrant_seen: bool = False
    exception: Reason | None = None  # why this person may have another account of the kind
