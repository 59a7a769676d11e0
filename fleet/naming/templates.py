"""What a template makes of a person, and what a nickname is measured by. Nothing here is stored."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count, islice
from typing import Final

from fleet.contracts.naming import FIELDS, Fault

# By these accounts differ: a template has one of them at least.
TELLING: Final = frozenset({"name", "number", "seq"})
TRIES: Final = 99
# Control characters, halves of characters, and line ends; emoji are joined by format characters.
ODD: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_FIELD: Final = re.compile(r"\{(\w+)\}")
_SEQ: Final = r"\d{1,4}"
_AGAIN: Final = r"\d{0,2}"  # where two have one name and the template counts nobody


@dataclass(frozen=True)
class About:
    """Whose account it is; what is not known may be anything."""

    dept: str | None = None
    name: str | None = None
    number: str | None = None
    position: str | None = None


@dataclass(frozen=True)
class Rules:
    template: str
    company: str | None
    least: int
    most: int

    @cached_property
    def parts(self) -> list[str]:
        """Return the template as text and field by turns, text first."""
        return _FIELD.split(self.template)

    @property
    def fields(self) -> set[str]:
        return set(self.parts[1::2])

    @property
    def is_clear(self) -> bool:
        """Tell whether the template has known fields alone, and one by which accounts differ."""
        bare = "".join(self.parts[0::2])
        known = self.fields <= set(FIELDS) and not set("{}") & set(bare)
        return known and bool(self.fields & TELLING)

    def faults(self, nickname: str | None, about: About) -> list[Fault]:
        """Return in which ways a nickname is not as it should be; none where it is."""
        if not nickname:
            return [Fault.MISSING]
        odd = nickname != nickname.strip() or any(unicodedata.category(c) in ODD for c in nickname)
        found = {
            Fault.SHORT: len(nickname) < self.least,
            Fault.LONG: len(nickname) > self.most,
            Fault.ODD: odd,
            Fault.OTHER: self.pattern(about).fullmatch(nickname) is None,
        }
        return [fault for fault, is_so in found.items() if is_so]

    def pattern(self, about: About) -> re.Pattern[str]:
        known = self._known(about)
        parts = [
            re.escape(part) if place % 2 == 0 else _either(part, known)
            for place, part in enumerate(self.parts)
        ]
        return re.compile("".join(parts) + ("" if "seq" in self.fields else _AGAIN))

    def candidates(self, about: About) -> Iterator[str]:
        """Give nicknames that fit, the plainest first; none where a field is not known."""
        known = self._known(about)
        needed = self.fields - {"seq"}
        if any(known.get(field) is None for field in needed):
            return
        for number in islice(count(1), TRIES):
            made = self._filled({**known, "seq": f"{number:02d}"})
            if "seq" not in self.fields and number > 1:
                made += str(number)
            if not self.faults(made, about):
                yield made

    def _filled(self, known: Mapping[str, str | None]) -> str:
        return "".join(
            part if place % 2 == 0 else known[part] or "" for place, part in enumerate(self.parts)
        )

    def _known(self, about: About) -> dict[str, str | None]:
        return {
            "company": self.company,
            "dept": about.dept,
            "name": about.name,
            "number": about.number,
            "position": about.position,
        }


def _either(field: str, known: Mapping[str, str | None]) -> str:
    if field == "seq":
        return _SEQ
    value = known.get(field)
    return ".+" if value is None else re.escape(value)
