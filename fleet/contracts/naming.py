"""How accounts are named (clauses A3, A4): rules by department and day, and what deviates."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from fleet.contracts.accounts import AccountKind
from fleet.contracts.people import VersionsQuery
from fleet.contracts.proof import Level
from fleet.contracts.wire import (
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

# WeCom takes 64 characters (developer.work.weixin.qq.com, creating a member). WeChat and official
# accounts publish no figure: these are cautious ones, and a rule may say otherwise.
MOST: Final = {AccountKind.WECHAT: 16, AccountKind.WECOM: 64, AccountKind.OFFICIAL: 30}
LONGEST: Final = 64
FIELDS: Final = ("company", "dept", "name", "number", "position", "seq")

Template = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Plain
]
Length = Annotated[int, Field(ge=1, le=LONGEST)]


class Fault(StrEnum):
    MISSING = "nickname_missing"
    SHORT = "nickname_short"
    LONG = "nickname_long"
    ODD = "nickname_odd"  # a character that no app takes, or a blank at an end
    OTHER = "nickname_other"  # not as the template says


class DeviationState(StrEnum):
    OPEN = "open"
    AGREED = "agreed"  # the new nickname is settled, and not yet set
    CLOSED = "closed"


class NamingRuleIn(Given):
    """A version; what is left out stays as it is in force then. `refuse`: what deviates is refused
    when it is entered or issued, else it is told and due.
    """

    kind: AccountKind
    department: Short | None = None
    effective_from: Moment | None = None
    reason: Reason
    inherits: bool = False
    template: Template | None = None
    company: Short | None = None  # what {company} stands for
    least: Length | None = None
    most: Length | None = None
    refuse: bool | None = None
    due_days: int | None = Field(None, ge=1, le=365)
    dry_run: bool = False


class NamingRuleOut(Shown):
    kind: AccountKind
    department: str | None
    effective_from: Moment
    in_force: bool
    inherits: bool
    set_at: Moment
    set_by: str
    reason: str
    template: str
    company: str | None
    least: int
    most: int
    refuse: bool
    due_days: int


class NamingSetOut(Shown):
    """`deviating`: so many accounts are not named by it, of those to which it applies."""

    rule: NamingRuleOut
    accounts: int
    deviating: int
    dry_run: bool


class NamingRuleQuery(VersionsQuery):
    kind: AccountKind | None = None


class NamingShowQuery(Given):
    kind: AccountKind = AccountKind.WECHAT
    department: Short | None = None
    at: Moment | None = None


class NamingCheckQuery(Given):
    """An account as the register has it, or with a nickname that it might have."""

    account: Short
    nickname: Short | None = None


class NamingCheckOut(Shown):
    account: str
    kind: AccountKind
    holder: EmployeeRef | None
    department: str | None
    template: str | None  # None: no rule is in force for it
    nickname: str | None
    faults: list[Fault]
    refuse: bool
    proposed: str | None


class DeviationOut(Shown):
    number: str
    state: DeviationState
    account: str
    kind: AccountKind
    holder: EmployeeRef | None
    nickname: str | None
    faults: list[Fault]
    proposed: str | None
    wanted: str | None
    opened_at: Moment
    due_at: Moment
    overdue: bool
    agreed_by: str | None
    closed_at: Moment | None
    closed_because: str | None
    level: Level | None


class DeviationQuery(ListQuery):
    state: DeviationState | None = Field(None, description="Those not closed, if left out.")
    kind: AccountKind | None = None
    overdue: bool = Field(default=False, description="Those alone that should be mended by now.")


class AgreeIn(Given):
    nickname: Short | None = Field(None, description="Another one than is proposed.")


class NamedIn(Given):
    """`picture`: SHA-256 of a picture of the phone that shows the nickname; without it somebody
    says so.
    """

    picture: Digest | None = None
