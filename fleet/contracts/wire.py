"""What every message between server, station and command line has in common."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)
from pydantic_core import PydanticCustomError

T = TypeVar("T")


def plain(text: str) -> str:
    """Refuse NUL: no person types it, and PostgreSQL stores no text with it."""
    if "\0" in text:
        raise PydanticCustomError("odd_character", "a character that no text has")
    return text


Plain = AfterValidator(plain)
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Plain
]
# A handle that people say aloud and that stands in an address: no slash, and not dots alone.
Handle = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^/]*[^/.][^/]*$"
    ),
    Plain,
]
# Two characters are a whole word in Chinese: 离职, 遗失.
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=1000), Plain
]
Mark = Annotated[str, Plain]  # of the page before: see `Page`
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]  # SHA-256, hexadecimal


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or the last day of the calendar, in a zone that leads out
        raise PydanticCustomError("moment_impossible", "outside of the calendar") from None


def _written(value: object) -> object:
    """Refuse seconds since 1970: what is described is a moment as people write it."""
    if _is_number(value):
        raise PydanticCustomError("timezone_aware", "a number and no moment")
    return value


def _written_day(value: object) -> object:
    if _is_number(value):
        raise PydanticCustomError("date_parsing", "a number and no day")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (
        isinstance(value, str) and NUMBER.fullmatch(value) is not None
    )


NUMBER: Final = re.compile(r"\s*[-+]?[\d.]*\d[\d.]*\s*")
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc), BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written_day)]


class Given(BaseModel):
    """What a caller sends: an unknown field is refused, so that a typing error cannot pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def given(body: Given) -> dict[str, Any]:
    """Return the fields that a caller has named: what he left out is none of them."""
    return {name: getattr(body, name) for name in body.model_fields_set}


class Shown(BaseModel):
    """What is answered: an older client ignores fields it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True)


class Page(Shown, Generic[T]):
    """One page of a list; `next` is the `after` of the following page, None on the last."""

    items: list[T]
    next: str | None = None


class ListQuery(Given):
    """What every list understands; each noun adds its own filters."""

    q: str | None = Field(None, description="Part of any handle people say aloud.")
    sort: str | None = Field(None, description="Field name, with a leading '-' for descending.")
    limit: int = Field(50, ge=1, le=1000)
    after: str | None = Field(None, description="`next` of the page before.")

    @field_validator("*")
    @classmethod
    def _plain(cls, value: object) -> object:
        return plain(value) if isinstance(value, str) else value


class LookQuery(Given):
    """Of a verb that can be looked at first."""

    dry_run: bool = Field(default=False, description="Say what would be, and keep nothing of it.")


class ProblemOut(Shown):
    """A refusal: a stable code, what is so, what to do next, and the fields behind it."""

    code: str
    message: str
    advice: str = ""
    details: dict[str, object] = {}


class EmployeeRef(Shown):
    number: str
    name: str
