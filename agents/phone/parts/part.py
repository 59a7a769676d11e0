"""One question of a visit: its name, what the phone's shell is told, and what its answer means."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from agents.phone.parts.refusals import CUT_OFF, NOT_RECORDED, TIMEOUT_STATUS, Excuse, excuse

Value = TypeVar("Value")


@dataclass(frozen=True)
class Recorded:
    """What was said; `status` as the phone's shell saw it, `cut` when the size limit was met."""

    text: str
    status: int | None = None
    cut: bool = False

    @property
    def says_nothing(self) -> bool:
        """A failure without a word is no answer; an empty answer may be one."""
        return not self.text.strip() and self.status not in {0, None}


@dataclass(frozen=True)
class Part(Generic[Value]):
    """`command` may call `t`, which runs a program under the part's time limit.

    `file` names recordings of it by other hands, `look` is how its text looks, and `asked` is how
    a person asks for it on a console; all three are patterns.
    """

    name: str
    command: str
    parse: Callable[[str], Value | None]
    file: str
    look: str
    asked: str
    seconds: int = 10
    kilobytes: int = 32
    every: int = 0  # hours until it is asked again; 0: at every visit

    def understand(self, recorded: Recorded | None) -> tuple[Value | None, Excuse | None]:
        """Give what it means, and why something is missing from that."""
        if recorded is None:
            return None, Excuse(NOT_RECORDED)
        # A list that ended early would pass for a shorter one.
        unfinished = recorded.status in TIMEOUT_STATUS
        value = None if unfinished or recorded.says_nothing else self.parse(recorded.text)
        if value is None:
            return None, excuse(recorded.text, recorded.status)
        return value, Excuse(CUT_OFF) if recorded.cut else None

    def is_named(self, stem: str) -> bool:
        return re.fullmatch(self.file, stem) is not None

    def looks_like(self, text: str) -> bool:
        return re.search(self.look, text, re.MULTILINE) is not None
