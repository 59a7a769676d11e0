"""An event is a frozen value: a name in the past tense, its subject, and the few values to keep."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; `name` is "<kind of subject>.<past tense>".

    Fields beside the subject are kept as details: never a secret, a phone number only `masked`.
    """

    name: ClassVar[str]

    subject_id: UUID
    subject_name: str  # as people say it: tag, handle, number

    @property
    def subject_kind(self) -> str:
        return self.name.partition(".")[0]

    @property
    def details(self) -> dict[str, Any]:
        names = [item.name for item in fields(self) if item.name not in _SUBJECT]
        return {name: plain(getattr(self, name)) for name in names}


_SUBJECT = {"subject_id", "subject_name"}


def masked(number: str) -> str:
    """Show a phone number or ICCID so that its keeper recognises it: 138****2231."""
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:3]}****{number[-4:]}"


def plain(value: Any) -> Any:
    """Return `value` as JSON will give it back, so that the hash is of what is read later."""
    if type(value) in _AS_THEY_ARE:
        return value
    make = next((make for kind, make in _PLAIN.items() if isinstance(value, kind)), None)
    return make(value) if make else value


_AS_THEY_ARE = {str, int, bool, type(None)}
_PLAIN: dict[type, Callable[[Any], Any]] = {
    Enum: lambda value: value.value,
    UUID: str,
    datetime: lambda value: value.isoformat(),
    date: lambda value: value.isoformat(),
    float: str,  # databases disagree about the last digit
    dict: lambda value: {str(plain(key)): plain(item) for key, item in value.items()},
    list: lambda value: [plain(item) for item in value],
    tuple: lambda value: [plain(item) for item in value],
    set: lambda value: sorted(plain(item) for item in value),
    frozenset: lambda value: sorted(plain(item) for item in value),
}


@dataclass(frozen=True, kw_only=True)
class CheckpointSigned(Event):
    name = "trail.checkpoint_signed"
    kind: str
    sequence: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class TrailPruned(Event):
    name = "trail.pruned"
    until: int
    entries: int


@dataclass(frozen=True, kw_only=True)
class TrailExported(Event):
    name = "trail.exported"
    filters: dict[str, str]
