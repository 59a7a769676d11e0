"""Applications for phones, SIMs and accounts, and kits of them, on the wire."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.accessories import Condition, Word
from fleet.contracts.accounts import AccountKind
from fleet.contracts.custody import IssueOut, Thing
from fleet.contracts.people import VersionsQuery
from fleet.contracts.proof import Level
from fleet.contracts.requests import Desk, HopOut
from fleet.contracts.wire import (
    Day,
    Digest,
    EmployeeRef,
    Given,
    ListQuery,
    Moment,
    Plain,
    Reason,
    Short,
    Shown,
)


class ApplicationState(StrEnum):
    REQUESTED = "requested"  # waits for who decides
    APPROVED = "approved"  # waits for things out of stock
    RESERVED = "reserved"  # things are set aside for it, and are prepared
    SIGNED = "signed"  # its holder has agreed to the terms
    ISSUED = "issued"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Term(StrEnum):
    """For how long something is applied for: policies tell the two apart."""

    PERMANENT = "permanent"
    LOAN = "loan"  # until a day


class Lapse(StrEnum):
    """Why an application expired."""

    NOT_ISSUED = "not_issued"  # approved, and nobody issued it in time
    DAY_PASSED = "day_passed"  # the day until which it was asked for is over
    HOLDER_GONE = "holder_gone"  # he leaves, or has left


class Signed(StrEnum):
    BY_HOLDER = "by_holder"  # signed in, he agreed himself
    AT_THE_DESK = "at_the_desk"  # before an operator, on a page
    ON_PAPER = "on_paper"  # whoever hands out says that he has signed


NAMES_MOST = 20
Names = Annotated[list[Short], Field(max_length=NAMES_MOST)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$"),
]
# "head": of the department that it is for; "head:HR": of the department HR, whoever it is for.
Approver = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^head(:[^:/]+)?$"),
    Plain,
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=20_000), Plain
]


class PhoneWish(Given):
    """Any of these makers and models, as the register names them; any where none is named."""

    brands: Names = []
    models: Names = []


class SimWish(Given):
    carriers: Names = []
    plan: Short | None = None


class Wants(Given):
    """What is wanted; accessories are words of the company's list, and go out with a phone."""

    phone: PhoneWish | None = None
    sim: SimWish | None = None
    account: AccountKind | None = None
    accessories: Annotated[list[Word], Field(max_length=NAMES_MOST)] = []

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.accessories and self.phone is None:
            raise PydanticCustomError("beside_what", "accessories go out beside a phone")
        if self.phone is None and self.sim is None and self.account is None:
            raise PydanticCustomError("wants_nothing", "a phone, a SIM or an account: at least one")
        return self


class KitIn(Given):
    title: Short
    wants: Wants


class NamedKitOut(Shown):
    name: str
    title: str
    wants: Wants
    set_by: str
    set_at: Moment


class KitQuery(ListQuery):
    pass


class ApplicationIn(Given):
    """A kit, or what is wanted; for oneself where no holder is named.

    `real_name` in the format of the policy; left out, it is written from the register.
    """

    holder: Short | None = None  # employee number
    reason: Reason
    until: Day | None = None
    kit: Name | None = None
    wants: Wants | None = None
    real_name: Short | None = None
    exception: Reason | None = None  # why he may have another account of a kind

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.kit is None) == (self.wants is None):
            raise PydanticCustomError("kit_or_wants", "a kit, or what is wanted: one of them")
        return self


class DecisionIn(Given):
    note: Reason


class ReserveIn(Given):
    """Things that are chosen by hand; the best in stock where none is named."""

    device: Short | None = None
    sim: Short | None = None
    account: Short | None = None


class ApprovalOut(Shown):
    """One of those who are asked in turn; `approved` is None while he was not, or did not."""

    place: int
    approver: str
    approved: bool | None
    decided_by: str | None
    decided_as: str | None
    decided_at: Moment | None
    note: str | None


class ReservedOut(Shown):
    """A thing that is set aside, and why this one; `risk` is what is to be known of it."""

    thing: Thing
    name: str
    description: str
    why: str
    risk: str | None = None


class ApplicationOut(Shown):
    number: str  # AP-2026-001
    holder: EmployeeRef
    department: str
    reason: str
    term: Term
    until: Day | None
    kit: str | None
    wants: Wants
    real_name: str
    exception: str | None
    state: ApplicationState
    asked_by: str
    asked_at: Moment
    approvals: list[ApprovalOut]
    desk: Desk | None  # who decides, while it waits
    desk_department: str | None
    desk_name: str | None
    decide_by: Moment | None
    overdue: bool
    way: list[HopOut]
    reserved: list[ReservedOut]
    reserved_until: Moment | None
    valid_until: Moment | None  # approved, it is issued by then or expires
    unprepared: str | None  # why it may be issued although not everything is prepared
    signed_at: Moment | None
    signed_by: str | None
    signed_how: Signed | None
    agreement: Digest | None  # of the text, or of the issue form, that was agreed to
    form: str | None  # number of the issue form that both sign, where there is one
    condition: Condition | None  # of the phone, as it was handed out
    condition_note: str | None
    ended_at: Moment | None
    ended_by: str | None
    lapse: Lapse | None
    note: str | None  # why it was refused or withdrawn
    advice: str  # what comes next


class ApplicationQuery(ListQuery):
    state: ApplicationState | None = None
    term: Term | None = None
    holder: str | None = None  # number
    department: str | None = None  # code; with all beneath it
    kit: str | None = None
    open: bool = False  # not ended
    overdue: bool = False  # waits for a decision beyond its time
    mine: bool = False  # waits for the decision of whoever asks now


class Preparing(StrEnum):
    SEEN = "seen"  # a station has seen the phone lately
    FINDINGS = "findings"  # nothing is open that forbids its issue
    PIN = "pin"  # set, and known to the company
    APPS = "apps"  # what the terms require is there, and new enough
    PLAN = "plan"  # a plan says what backups take of it
    ACCOUNT = "account"  # what opens it was changed since its last holder


class PreparationStepOut(Shown):
    step: Preparing
    ok: bool
    level: Level
    sentence: str
    advice: str  # empty where it is done
    under_way: bool = False  # a station is to do it, or does


class PreparationOut(Shown):
    """Read from the proofs each time it is asked for; `planned` is what was planned just now."""

    number: str
    device: str | None
    ready: bool
    steps: list[PreparationStepOut]
    unprepared: str | None
    planned: list[str] = []


class WaiveIn(Given):
    reason: Reason


class AgreementOut(Shown):
    """What a holder agrees to: the text of the policy in force, and its digest."""

    text: str
    digest: Digest
    set_at: Moment | None  # None: the text that came with the product
    things: list[ReservedOut]
    accessories: list[str]


class SignIn(Given):
    """`digest` of the text that was read; `on_paper`: whoever hands out says that he signed."""

    digest: Digest
    on_paper: bool = False


class IssueApplicationIn(Given):
    registrant_seen: bool = False
    condition: Condition | None = None  # of the phone
    condition_note: Short | None = None


class ApplicationIssuedOut(Shown):
    application: ApplicationOut
    issued: IssueOut


class ApplicationsTodayOut(Shown):
    """What waits, as far as the permissions of whoever asks go."""

    to_decide: int  # by himself
    overdue: int
    to_issue: int  # approved, reserved or signed
    to_sign: int  # by himself
    loans_soon: int  # due in the next days
    loans_overdue: int


class ApplicationPolicyIn(Given):
    """A new version: what is left out stays as it is in force where and when this one begins."""

    term: Term
    department: Short | None = None  # the whole company where none is named
    effective_from: Moment | None = None  # at once
    reason: Reason
    inherits: bool = False  # the department has no policy of its own any more
    approvers: Annotated[list[Approver], Field(max_length=5)] | None = None
    decide_days: int | None = Field(None, ge=1, le=60)
    hold_days: int | None = Field(None, ge=1, le=90)
    valid_days: int | None = Field(None, ge=1, le=365)
    name_format: Short | None = None
    agreement: Text | None = None


class ApplicationPolicyOut(Shown):
    """One version; without an id it is what came with the product."""

    id: str | None
    term: Term
    department: str | None
    effective_from: Moment | None
    in_force: bool
    inherits: bool
    set_at: Moment | None
    set_by: str | None
    reason: str | None
    approvers: list[str]  # asked one after the other
    decide_days: int  # in which each decides
    hold_days: int  # for which things are set aside
    valid_days: int  # in which something approved is issued
    name_format: str  # of {name}, {number}, {department}
    agreement: str


class ApplicationPolicyQuery(VersionsQuery):
    term: Term | None = None


class ApplicationTermsQuery(Given):
    department: str | None = None
    at: Moment | None = None


class ApplicationTermsOut(Shown):
    items: list[ApplicationPolicyOut]
