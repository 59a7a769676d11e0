"""What is handed out with a phone, and in which condition it and the phone itself were."""

from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from pydantic import Field, StringConstraints

from fleet.contracts.wire import EmployeeRef, Given, ListQuery, Moment, Short, Shown
from fleet.contracts.words import _, language, translated

Word = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9-]{0,39}$")
]  # of the company's list: charger, sim-pin
Count = Annotated[int, Field(ge=1, le=99)]


class Condition(StrEnum):
    """How a thing looks, as people at a desk tell it apart."""

    NEW = "new"
    GOOD = "good"
    SCRATCHED = "scratched"
    DAMAGED = "damaged"

    @property
    def sentence(self) -> str:
        """Return the marked word, for who says it in several languages."""
        return _LOOKS[self]

    @property
    def spoken(self) -> str:
        return translated(self.sentence)


_LOOKS = {
    Condition.NEW: _("new"),
    Condition.GOOD: _("good"),
    Condition.SCRATCHED: _("scratched"),
    Condition.DAMAGED: _("damaged"),
}


class Names(NamedTuple):
    zh: str
    en: str

    @property
    def here(self) -> str:
        """Return the name in the language that is spoken now."""
        return self.zh if language().startswith("zh") else self.en


# What every company has; a name of its own may be given to each, and others be added.
SHIPPED: Final = {
    "charger": Names("充电器", "charger"),
    "cable": Names("数据线", "cable"),
    "case": Names("保护壳", "case"),
    "sim-pin": Names("取卡针", "SIM pin"),
    "box": Names("包装盒", "box"),
    "earphones": Names("耳机", "earphones"),
    "power-bank": Names("充电宝", "power bank"),
    "memory-card": Names("存储卡", "memory card"),
}


class AccessoryWordIn(Given):
    word: Word
    zh: Short
    en: Short


class AccessoryWordOut(Shown):
    word: str
    zh: str
    en: str
    shipped: bool  # comes with the product, perhaps under a name given here
    retired: bool  # is handed out no more


class AccessoryWordQuery(ListQuery):
    retired: bool = False


class AccessoryIn(Given):
    """Handed out with a phone."""

    word: Word
    count: Count = 1
    condition: Condition = Condition.GOOD
    note: Short | None = None


class AccessoryBackIn(Given):
    """Given back with a phone; without a count, all of them."""

    word: Word
    count: Count | None = None
    condition: Condition = Condition.GOOD
    note: Short | None = None


class AccessoryMissingIn(Given):
    """Not given back; all that is out of it, and why."""

    word: Word
    note: Short


class AccessoryOut(Shown):
    """`out` is how many are neither back nor noted as missing."""

    word: str
    name: str
    count: int
    condition: Condition
    note: str | None
    back: int
    missing: int
    out: int
    back_condition: Condition | None
    back_note: str | None
    back_at: Moment | None
    back_by: str | None


class Whereabouts(StrEnum):
    """Where what went out beside a phone is now, or a part of it."""

    WITH_HOLDER = "with_holder"
    CAME_BACK = "came_back"
    MISSING = "missing"


class HandedQuery(ListQuery):
    device: str | None = None  # tag
    holder: str | None = None  # employee number
    word: str | None = None
    where: Whereabouts | None = None


class HandedOut(AccessoryOut):
    """What went out beside a phone: with which, to whom, since when."""

    device: str
    holder: EmployeeRef
    issued_at: Moment
    returned_at: Moment | None


class ConditionOut(Shown):
    """How a phone looked when it was handed out, and when it came back."""

    condition: Condition | None = None
    note: str | None = None
    back_condition: Condition | None = None
    back_note: str | None = None


class KitOut(Shown):
    """What went out beside a phone, and how the phone looked."""

    condition: ConditionOut = ConditionOut()
    accessories: list[AccessoryOut] = []
