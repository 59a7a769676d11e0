"""Work accounts on the wire. No message here ever has a password field."""

from enum import StrEnum

from fleet.contracts.proof import Level
from fleet.contracts.wire import EmployeeRef, Given, Handle, ListQuery, Moment, Short, Shown


class AccountKind(StrEnum):
    WECHAT = "wechat"
    WECOM = "wecom"
    OFFICIAL = "official"


class AccountIn(Given):
    handle: Handle  # 微信号 or the WeCom user id
    kind: AccountKind = AccountKind.WECHAT
    nickname: Short | None = None
    number: Short | None = None  # the number it is bound to
    registrant: Short | None = None  # who registered it first
    department: Short | None = None


class AccountOut(Shown):
    handle: str
    kind: AccountKind
    nickname: str | None
    number: str | None
    registrant: str | None
    department: str | None
    state: str
    holder: EmployeeRef | None
    device: str | None  # tag of the phone it is used on
    password: Level
    password_changed_at: Moment | None
    password_due_at: Moment | None


class AccountQuery(ListQuery):
    kind: AccountKind | None = None
    state: str | None = None
    holder: str | None = None


class HoldingSpanOut(Shown):
    """One line of an account's (phone's, SIM's) history: who held it, from when, until when."""

    holder: EmployeeRef
    issued_at: Moment
    returned_at: Moment | None
