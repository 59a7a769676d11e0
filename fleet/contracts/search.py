"""Search over everything: what people say on the wire, and what it names."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from fleet.contracts.wire import EmployeeRef, Given, Short, Shown
from fleet.contracts.words import _, say, translated

MOST: Final = 100


class FoundKind(StrEnum):
    """What can be found, in the order of what people look for."""

    DEVICE = "device"
    EMPLOYEE = "employee"
    SIM = "sim"
    ACCOUNT = "account"
    CASE = "work_case"
    REQUEST = "change_request"
    APPLICATION = "application"
    INCIDENT = "incident"
    FINDING = "finding"
    BACKUP = "backup"
    PAPER = "paper"
    STOCKTAKE = "stocktake"
    REMEDY = "remedy"
    VIOLATION = "violation"
    PARTNER = "partner"
    OPENING = "backup_opening"
    KIT = "kit"
    ACCESSORY = "accessory_word"
    STATION = "station"
    DEPARTMENT = "department"


class HitHow(StrEnum):
    """How well what was said fits; the best first."""

    IS = "is"
    TAIL = "tail"
    BEGINS = "begins"
    ENDS = "ends"
    IN = "in"
    NEAR = "near"
    HELD = "held"


KIND_WORDS: Final = {
    FoundKind.DEVICE: _("phone"),
    FoundKind.EMPLOYEE: _("employee"),
    FoundKind.SIM: _("SIM"),
    FoundKind.ACCOUNT: _("account"),
    FoundKind.CASE: _("case"),
    FoundKind.REQUEST: _("change request"),
    FoundKind.APPLICATION: _("application"),
    FoundKind.INCIDENT: _("incident"),
    FoundKind.FINDING: _("finding"),
    FoundKind.BACKUP: _("backup"),
    FoundKind.PAPER: _("paper"),
    FoundKind.STOCKTAKE: _("stock-take"),
    FoundKind.REMEDY: _("remedy"),
    FoundKind.VIOLATION: _("violation"),
    FoundKind.PARTNER: _("partner"),
    FoundKind.OPENING: _("opening of a backup"),
    FoundKind.KIT: _("kit"),
    FoundKind.ACCESSORY: _("accessory"),
    FoundKind.STATION: _("station"),
    FoundKind.DEPARTMENT: _("department"),
}
FIELD_WORDS: Final = {
    "tag": _("tag"),
    "serial": _("serial number"),
    "imei": _("IMEI"),
    "iccid": _("ICCID"),
    "brand": _("maker"),
    "model": _("model"),
    "market_name": _("model"),
    "number": _("number"),
    "name": _("name"),
    "title": _("title"),
    "carrier": _("carrier"),
    "registered_owner": _("registered owner"),
    "actual_user": _("actual user"),
    "former": _("former name"),
    "registrant": _("registrant"),
    "handle": _("handle"),
    "nickname": _("nickname"),
    "code": _("code"),
    "word": _("word"),
    "zh": _("Chinese name"),
    "en": _("English name"),
    "contact": _("contact"),
}
_SENTENCES: Final = {
    HitHow.IS: _("{field} is so"),
    HitHow.TAIL: _("{field} ends so"),
    HitHow.BEGINS: _("{field} begins so"),
    HitHow.ENDS: _("{field} ends so"),
    HitHow.IN: _("{field} has it in it"),
    HitHow.NEAR: _("{field} differs by one sign"),
    HitHow.HELD: _("with {name}"),
}


class SearchQuery(Given):
    """Several words narrow; nothing is asked of their order, case, or what stands between signs."""

    q: Short
    kind: FoundKind | None = None
    limit: int = Field(20, ge=1, le=MOST)


class HitOut(Shown):
    """`name` is what the thing is called in every other request; `title` what people know it by."""

    kind: FoundKind
    name: str
    title: str | None
    state: str | None
    holder: EmployeeRef | None
    how: HitHow
    why: str


class SearchOut(Shown):
    """`more`: others fit less well. `filling`: some things of old cannot be found yet."""

    items: list[HitOut]
    more: bool
    filling: bool


def kind_word(kind: FoundKind) -> str:
    return translated(KIND_WORDS[kind])


def why(how: HitHow, field: str, holder: str = "") -> str:
    """Say in a few words why something was found."""
    word = translated(FIELD_WORDS.get(field, field))
    return say(_SENTENCES[how], field=word, name=holder)
