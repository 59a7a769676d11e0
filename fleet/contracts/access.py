"""Who is asking, and who may what, on the wire."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, SecretStr

from fleet.contracts.wire import Given, ListQuery, Moment, Reason, Short, Shown


class Role(StrEnum):
    """What a person is trusted with; a person may hold several, each granted by somebody."""

    ADMINISTRATOR = "administrator"  # the system: users, stations, settings
    SECURITY = "security"  # keys, policies, grants of roles, approval of disclosures
    AUDITOR = "auditor"  # reads everything but secrets, and the trail
    OPERATOR = "operator"  # the IT desk: stock, issue, rotate, back up, cases
    MANAGER = "manager"  # a department head: the holdings of the own department
    SUPERVISOR = "supervisor"  # the supervisory team
    EMPLOYEE = "employee"  # a holder: what he holds himself


class FirstThing(StrEnum):
    """What somebody has to do before anything else: until then he may do nothing else."""

    PASSWORD = "password"  # noqa: S105 — somebody else chose it: change it
    SECOND_FACTOR = "second_factor"  # the company asks for one: set it up


class LoginIn(Given):
    """`code` is of the second factor, six digits, or a recovery code."""

    username: Short
    password: SecretStr
    code: SecretStr | None = None


class RoleOut(Shown):
    """A role that somebody holds; `department` is its code where the role ends at a subtree."""

    role: Role
    department: str | None = None
    expires_at: Moment | None = None


class TokenOut(Shown):
    token: str  # shown once; the server keeps a digest
    username: str
    roles: list[RoleOut]
    expires_at: Moment | None
    first: FirstThing | None = None


class WhoOut(Shown):
    username: str
    name: str
    kind: Literal["user", "station"] = "user"
    employee: str | None = None  # number, of a user who is also a holder
    roles: list[RoleOut] = []
    active: bool = True
    second_factor: bool = False
    alarm_since: Moment | None = None  # the account in the safe was used
    public_key: str | None = None  # of a station: what it is sent opens with the other half


class UserQuery(ListQuery):
    role: Role | None = None
    active: bool | None = None


class PasswordIn(Given):
    present: SecretStr
    password: SecretStr


class NewPasswordIn(Given):
    password: SecretStr


class SecondFactorOut(Shown):
    """Shown once: the secret for an app, as text, as an otpauth address and as an SVG picture."""

    secret: str
    uri: str
    picture: str


class CodeIn(Given):
    code: SecretStr


class RecoveryCodesOut(Shown):
    codes: list[str]  # shown once; each lets in once
    first: FirstThing | None = None  # what is left to be done before anything else


class SessionOut(Shown):
    id: str
    username: str
    agent: str | None
    source: str | None  # address
    began_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None
    mine: bool  # the one this is asked with


class ProgramTokenIn(Given):
    """`only` names permissions, like devices:read; without it the token may what its user may."""

    label: Short
    only: list[str] | None = None
    expires_at: Moment | None = None


class ProgramTokenOut(Shown):
    id: str
    username: str
    label: str
    only: list[str] | None
    made_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None


class MadeTokenOut(Shown):
    token: str  # shown once; the server keeps a digest
    about: ProgramTokenOut


class DoneOut(Shown):
    """That something is done which has no answer of its own."""

    done: bool = True
    first: FirstThing | None = None


class UserIn(Given):
    """`role` is granted at once, which needs grants:write besides users:write."""

    username: Short
    name: Short
    password: SecretStr | None = None
    employee: str | None = None
    role: Role | None = None
    department: str | None = None  # code; where the role ends at a department and its parts


class GrantIn(Given):
    """`department`: the role is held for this department and all beneath it, and no further."""

    role: Role
    reason: Reason
    department: str | None = None
    expires_at: Moment | None = None


class RevokeIn(Given):
    reason: Reason


class GrantOut(Shown):
    id: str
    username: str
    role: Role
    department: str | None
    reason: str
    granted_by: str
    granted_at: Moment
    expires_at: Moment | None
    ended_at: Moment | None
    ended_by: str | None


class AccessPolicyOut(Shown):
    """What the company demands of whoever works with the product."""

    administrators_separated: bool  # nobody holds two of administrator, security, auditor
    disclosure_needs_approval: bool  # a value is seen after another person approved it
    approval_minutes: int  # how long a request waits for its approval
    view_minutes: int  # how long an approved value can be seen, once
    opening_needs_approval: bool = True  # a backup is opened after another person approved it
    opening_hours: int = 24  # how long an approved opening can be used
    password_length: int
    password_classes: int  # of lower case, upper case, digits, others
    lockout_after: int  # wrong passwords in a row
    lockout_seconds: int  # the first delay; each later one is twice as long
    lockout_seconds_most: int
    idle_minutes: int  # without a request, a session ends
    session_hours: int  # a session ends whatever is done in it
    second_factor: Literal["optional", "administrators", "everybody"]


class AccessPolicyIn(Given):
    """What is left out stays as it is."""

    administrators_separated: bool | None = None
    disclosure_needs_approval: bool | None = None
    approval_minutes: int | None = Field(None, ge=5, le=7 * 24 * 60)
    view_minutes: int | None = Field(None, ge=1, le=24 * 60)
    opening_needs_approval: bool | None = None
    opening_hours: int | None = Field(None, ge=1, le=14 * 24)
    password_length: int | None = Field(None, ge=10, le=128)
    password_classes: int | None = Field(None, ge=1, le=4)
    lockout_after: int | None = Field(None, ge=3, le=20)
    lockout_seconds: int | None = Field(None, ge=5, le=3600)
    lockout_seconds_most: int | None = Field(None, ge=60, le=24 * 3600)
    idle_minutes: int | None = Field(None, ge=5, le=24 * 60)
    session_hours: int | None = Field(None, ge=1, le=24)
    second_factor: Literal["optional", "administrators", "everybody"] | None = None


class ReadyOut(Shown):
    status: str
    version: str
