"""The phone's properties, from `getprop` in whatever state the recording is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.phone.parts.text import blocks_of, said

# An entry begins here; consoles break lines inside names, so a name may hold a line break.
ENTRY = re.compile(r"(?:\[|^\]?)((?!\[)[\w.\-:+@#/, \n]{1,160}?)\]:\s*\[", re.MULTILINE)
END_OF_VALUE = re.compile(r"\][ \t]*(?=\n|\Z)")
# build.prop and `getprop | sed` recordings.
ASSIGNMENT = re.compile(r"^[ \t]*([A-Za-z][\w\-]*(?:\.[\w\-]+)+)[ \t]*=[ \t]*(.*)$", re.MULTILINE)
STABLE = ("ro.serialno", "ro.product.model", "ro.build.fingerprint")


@dataclass(frozen=True)
class Props:
    """Properties by name; `doubled` names those that the recording gives two values for."""

    values: Mapping[str, str] = field(default_factory=dict)
    doubled: tuple[str, ...] = ()

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def get(self, key: str) -> str | None:
        """Give a value that says something: not empty, not "unknown"."""
        return said(self.values.get(key))

    def first(self, *keys: str) -> str | None:
        return next((value for key in keys if (value := self.get(key))), None)


def parse(text: str) -> Props | None:
    """Read `[name]: [value]` entries; of a name given twice the first whole value counts."""
    pairs = _bracketed(text) or ASSIGNMENT.findall(text)
    values: dict[str, str] = {}
    doubled: set[str] = set()
    for key, value in pairs:
        if value != values.setdefault(key, value) and key in STABLE:
            doubled.add(key)
    return Props(values, tuple(sorted(doubled))) if values else None


def _bracketed(text: str) -> list[tuple[str, str]]:
    entries = (
        (re.sub(r"\s", "", start[1]), _value(rest)) for start, rest in blocks_of(ENTRY, text)
    )
    return [(key, value) for key, value in entries if value is not None]


def _value(chunk: str) -> str | None:
    """Cut a value out of what stands between two entries; `None` when it was cut off."""
    closing = END_OF_VALUE.search(chunk)
    end = closing.start() if closing else chunk.rfind("]")
    return chunk[:end].replace("\n", "").strip() if end >= 0 else None
