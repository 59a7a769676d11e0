"""Who is asking, on the wire."""

from enum import StrEnum
from typing import Literal

from pydantic import SecretStr

from fleet.contracts.wire import Given, Moment, Short, Shown


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class LoginIn(Given):
    username: Short
    password: SecretStr


class TokenOut(Shown):
    token: str  # shown once; the server keeps a digest
    username: str
    role: Role
    expires_at: Moment | None


class WhoOut(Shown):
    username: str
    name: str
    role: Role | Literal["station"]


class UserIn(Given):
    username: Short
    name: Short
    role: Role
    password: SecretStr | None = None


class ReadyOut(Shown):
    status: str
    version: str
