"""Cases on the wire: what is to be done for a person who leaves, moves, joins or lost a thing."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.accounts import AccountKind, AccountOut
from fleet.contracts.devices import DeviceOut
from fleet.contracts.people import VersionsQuery
from fleet.contracts.proof import Level
from fleet.contracts.sims import SimOut
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


class CaseKind(StrEnum):
    LEAVING = "leaving"
    TRANSFER = "transfer"
    SWAP = "swap"
    LOSS = "loss"
    JOINING = "joining"
    REASSIGNMENT = "reassignment"


class CaseState(StrEnum):
    PLANNED = "planned"  # what a case would be
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CaseStepKind(StrEnum):
    REQUESTS = "requests"
    PASSWORD = "password"  # noqa: S105 — the name of a kind
    CUSTOMERS = "customers"
    GROUPS = "groups"
    BACKUP = "backup"
    PIN = "pin"
    ACCEPT = "accept"
    SIM_BACK = "sim_back"
    HAND_ON = "hand_on"
    RENAME = "rename"
    WECOM_DEPARTMENT = "wecom_department"
    DEPARTMENT = "department"
    ISSUE_PHONE = "issue_phone"
    ISSUE_SIM = "issue_sim"
    ISSUE_ACCOUNT = "issue_account"
    MOVE_SIM = "move_sim"
    MOVE_ACCOUNT = "move_account"
    CHATS_MOVED = "chats_moved"
    PIN_KNOWN = "pin_known"
    VALUES = "values"
    RECEIPT = "receipt"
    MEASURE = "measure"
    POLICE = "police"
    GIVER_SIGNS = "giver_signs"
    RECEIVER_SIGNS = "receiver_signs"
    WITNESS_SIGNS = "witness_signs"


class StepState(StrEnum):
    """As it is stored: a step whose truth is a proof stays open until its case ends."""

    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"
    NOT_NEEDED = "not_needed"  # its case was cancelled


class Doer(StrEnum):
    PERSON = "person"
    JOB = "job"
    RULE = "rule"


class Office(StrEnum):
    """By whom a step is done where it is nobody in particular."""

    DESK = "desk"
    STATION = "station"
    SYSTEM = "system"
    PERSON = "person"  # the one who is named


class WaivedBy(StrEnum):
    """Who may let a step be: the permission that it takes."""

    CASES = "cases"
    GATE = "gate"


class RungTo(StrEnum):
    """What happens if nothing is done."""

    PERSON = "person"  # whoever has to do something is reminded
    HEAD = "head"  # of the department
    CLEARANCE = "clearance"  # it is blocked: never the leaving certificate


class LeavingIn(Given):
    employee: Short
    by: Day
    successor: Short | None = None
    plan_only: bool = False


class TransferIn(Given):
    """`swap`: the phone stays with the department, and he gets another one."""

    employee: Short
    to: Short  # code of the department
    by: Day
    successor: Short | None = None
    swap: bool = False
    plan_only: bool = False


class SwapIn(Given):
    """`replacement`: tag of the phone in stock that takes its place; any when left out."""

    device: Short
    by: Day
    replacement: Short | None = None
    reason: Reason
    plan_only: bool = False


class LossIn(Given):
    incident: Short
    by: Day | None = None
    plan_only: bool = False


class JoiningIn(Given):
    employee: Short
    by: Day
    phone: bool = True
    sim: bool = True
    accounts: list[AccountKind] = Field([AccountKind.WECHAT], max_length=3)
    plan_only: bool = False


class HandingOnIn(Given):
    """Three parties hand an account on; `registrant_seen`: whose it was first is known to all."""

    account: Short
    to: Short
    by: Day
    witness: Short | None = None  # the head of the receiver's department when left out
    registrant_seen: bool = False
    plan_only: bool = False


class StepIn(Given):
    """A person's word that a step is done: level `declared`."""

    note: Reason


class WaiveIn(Given):
    """`ask`: who may not waive it asks for it."""

    reason: Reason
    ask: bool = False


class CaseReasonIn(Given):
    reason: Reason
    dry_run: bool = False


class ReopenIn(Given):
    """`steps`: numbers of steps of which a person's word, or a waiver, is taken back."""

    reason: Reason
    steps: list[int] = Field([], max_length=200)


class SuccessorIn(Given):
    successor: Short


class StepOut(Shown):
    """One step; where its truth is a proof it is read from that, never ticked.

    `ready`: it can be done now. `how`: what to do next, empty when done.
    """

    number: int
    kind: CaseStepKind
    what: str
    who: str
    doer: Doer
    due_on: Day
    done: bool
    state: StepState
    level: Level
    needed: Level
    needs: str = ""
    after: list[int] = []
    ready: bool = True
    said: bool = False  # done by a person's word
    overdue: bool = False
    how: str = ""
    minutes: int = 0  # at a station, about
    waivable: bool = False
    waiver_asked_by: str | None = None  # a name, or the number of a waiver at the gate
    waiver_asked_why: str | None = None
    by: str | None = None
    at: Moment | None = None
    note: str | None = None
    paper: str | None = None  # number of what was signed
    paper_digest: str | None = None  # of what it said then


class HeldOut(Shown):
    """Everything a person holds, and what else his going away touches.

    `unproven`: what opens these is in doubt, or the company does not know it. `also`: in words.
    """

    employee: EmployeeRef
    devices: list[DeviceOut]
    sims: list[SimOut]
    accounts: list[AccountOut]
    requests: int = 0
    unproven: list[str] = []
    also: list[str] = []


class RungOut(Shown):
    """A rung of the ladder: what happens on a day if nothing is done; `at` once it has."""

    to: RungTo
    due_on: Day
    what: str
    at: Moment | None = None


class CaseOut(Shown):
    number: str | None  # LV-2026-001; None for a plan that was not started
    kind: CaseKind
    state: CaseState
    held: HeldOut
    by: Day
    successor: EmployeeRef | None
    department: str | None  # of a transfer: where to
    opened_at: Moment | None
    opened_by: str | None
    closed_at: Moment | None
    closed_by: str | None
    reason: str | None  # why it was opened, or cancelled
    steps: list[StepOut]
    minutes: int = 0  # at a station, of what is left
    ladder: list[RungOut] = []
    clearance_blocked: bool = False
    warnings: list[str] = []

    @property
    def progress(self) -> str:
        """Return how many steps are done, of how many: 3/9; what was cancelled was not done."""
        done = (one.done and one.state is not StepState.NOT_NEEDED for one in self.steps)
        return f"{sum(done)}/{len(self.steps)}"


class CaseQuery(ListQuery):
    kind: CaseKind | None = None
    state: CaseState | None = None
    employee: str | None = None
    department: str | None = None
    overdue: bool = False  # open past its day


class CaseEventOut(Shown):
    """A line of a case's history, from the trail."""

    at: Moment
    by: str
    event: str
    details: dict[str, object]


class CancelOut(Shown):
    """What cancelling takes back, and what it cannot: in words."""

    case: CaseOut
    undone: list[str]
    left: list[str]


class LeaverIn(Given):
    line: int = 0  # of the file it comes from
    employee: Short
    by: Day
    successor: Short | None = None


class LeaversIn(Given):
    """`each`: those that can be opened are, and the others are named; otherwise all or none."""

    leavers: list[LeaverIn] = Field(min_length=1, max_length=1000)
    each: bool = False
    plan_only: bool = False


class LeaverRead(Shown):
    """A row of a file, as it was read; the day is left out where the file has none."""

    line: int
    employee: str
    by: Day | None = None
    successor: str | None = None


class RowRemark(Shown):
    line: int
    message: str
    advice: str


class LeaversReadOut(Shown):
    rows: list[LeaverRead]
    remarks: list[RowRemark]


class LeaverOut(Shown):
    """`state`: planned, open, known (opened before, for the same day), refused."""

    line: int
    employee: str
    name: str | None = None
    by: Day
    number: str | None = None
    state: str
    steps: int = 0
    minutes: int = 0
    code: str | None = None
    message: str | None = None
    advice: str | None = None


class CapacityOut(Shown):
    """What is planned for a station on a day; where no station is known, for all together."""

    day: Day
    station: str | None
    minutes: int
    capacity: int
    steps: int
    over: bool


class BlockOut(Shown):
    """Who others wait for: how many steps that could be done now, and in which cases."""

    who: str
    steps: int
    overdue: int
    cases: list[str]


class LeaversOut(Shown):
    rows: list[LeaverOut]
    opened: int
    refused: int
    capacity: list[CapacityOut]
    blocks: list[BlockOut]


class CapacityQuery(Given):
    until: Day | None = None
    over: bool = False  # only where there is more than fits


class TaskKind(StrEnum):
    STEP = "step"
    WAIVER = "waiver"
    REQUEST = "request"
    DISCLOSURE = "disclosure"
    OPENING = "opening"
    STOCKTAKE = "stocktake"


class TaskOut(Shown):
    kind: TaskKind
    of: str  # number of the case, request or opening
    step: int | None
    what: str
    who: str | None  # whose things it is about
    due_at: Moment | None
    overdue: bool
    said: bool = False  # a step that is done by a person's word
    how: str


class TaskQuery(ListQuery):
    kind: TaskKind | None = None


class TasksTodayOut(Shown):
    """How much waits for whoever asks."""

    steps: int = 0
    waivers: int = 0
    overdue: int = 0


class RungIn(Given):
    """`days` before the last day, or after it where it is negative."""

    days: int = Field(ge=-365, le=365)
    to: RungTo


class LadderIn(Given):
    kind: CaseKind
    department: Short | None = None
    rungs: list[RungIn] = Field([], max_length=10)
    effective_from: Moment | None = None
    reason: Reason
    inherits: bool = False
    dry_run: bool = False


class LadderOut(Shown):
    kind: CaseKind
    department: str | None
    rungs: list[RungIn]
    effective_from: Moment
    set_at: Moment
    set_by: str
    reason: str
    inherits: bool


class LadderQuery(VersionsQuery):
    kind: CaseKind | None = None


class ReaderOut(Shown):
    """Somebody who could read an account in a time, and how that is known.

    `how`: holder (it was in his hands), shown (he was shown its password). `exception`: why a
    holder had another account of its kind beside it.
    """

    name: str
    number: str | None
    how: str
    since: Moment
    until: Moment | None
    exception: str | None


class KnownSpanOut(Shown):
    """Whether the company knew the password in a time: `level`, none while it did not."""

    since: Moment
    until: Moment | None
    level: Level | None
    version: int


class AccountOnOut(Shown):
    """An account on a day, or all its days: who held it, who could read it, was it known."""

    handle: str
    on: Day | None
    holders: list[ReaderOut]
    readers: list[ReaderOut]
    known: list[KnownSpanOut]


class AccountOnQuery(Given):
    on: Day | None = None
