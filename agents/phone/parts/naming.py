"""How a maker's system is named: a word of ours and the version people say."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.phone.parts.getprop import Props
from fleet.contracts.facts import Skin

VERSION = re.compile(r"(?<![\d.])\d{1,4}(?:\.\d{1,5})*")


@dataclass(frozen=True)
class Named:
    skin: Skin
    version: str | None = None


Finder = Callable[[Props], Named | None]


def version_in(text: str | None) -> str | None:
    """Give the first version number in `text`: "OS2.0.14.0.VOCCNXM" says 2.0.14.0."""
    # A letter may touch the number from the left ("V14", "OS2.0") but not a dot or a digit.
    found = VERSION.search(text) if text else None
    return found[0] if found else None


def major(text: str | None) -> int | None:
    version = version_in(text)
    return int(version.split(".")[0]) if version else None
