"""Work accounts on the wire. No message here ever has a password field."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fleet.contracts.proof import Level
from fleet.contracts.wire import Day, EmployeeRef, Given, Handle, ListQuery, Moment, Short, Shown


class AccountKind(StrEnum):
    WECHAT = "wechat"
    WECOM = "wecom"
    OFFICIAL = "official"


class RegistrantStanding(StrEnum):
    """What the person who registered an account first is to the company today."""

    EMPLOYED = "employed"
    LEFT = "left"
    COMPANY = "company"  # the company itself
    OUTSIDER = "outsider"


class YesNo(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


Count = Annotated[int, Field(ge=0, le=1_000_000)]


class AccountIn(Given):
    handle: Handle  # 微信号 or the WeCom user id
    kind: AccountKind = AccountKind.WECHAT
    nickname: Short | None = None
    number: Short | None = None  # the number it is bound to
    contact: Short | None = None  # the QQ or e-mail it is bound to
    real_name: bool | None = None  # its real name is certified
    card_bound: bool | None = None  # a bank card is bound
    contacts: Count | None = None  # customers and others outside of the company
    contacts_on: Day | None = None  # counted on that day; today where it is left out
    registrant: Short | None = None  # who registered it first
    registrant_standing: RegistrantStanding | None = None
    administrators: Short | None = None  # of an official account
    department: Short | None = None
    opened_on: Day | None = None
    note: Short | None = None


class AccountEdit(Given):
    """What is corrected: a field that is left out stays, null empties it."""

    nickname: Short | None = None
    number: Short | None = None
    contact: Short | None = None
    real_name: bool | None = None
    card_bound: bool | None = None
    contacts: Count | None = None
    contacts_on: Day | None = None
    registrant: Short | None = None
    registrant_standing: RegistrantStanding | None = None
    administrators: Short | None = None
    department: Short | None = None
    opened_on: Day | None = None
    note: Short | None = None


class AccountOut(Shown):
    handle: str
    kind: AccountKind
    nickname: str | None
    number: str | None
    contact: str | None = None
    real_name: bool | None = None
    card_bound: bool | None = None
    contacts: int | None = None
    contacts_on: Day | None = None
    registrant: str | None
    registrant_standing: RegistrantStanding | None = None
    administrators: str | None = None
    department: str | None
    opened_on: Day | None = None
    note: str | None = None
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
    department: str | None = None  # code
    device: str | None = None  # tag of the phone it is used on
    number: str | None = None
    registrant_standing: RegistrantStanding | None = None
    real_name: YesNo | None = None
    card_bound: YesNo | None = None


class HoldingSpanOut(Shown):
    """One line of an account's (phone's, SIM's) history: who held it, from when, until when."""

    holder: EmployeeRef
    issued_at: Moment
    returned_at: Moment | None
