"""Understands the parts of a visit one by one, and keeps a note of each that says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from agents.phone.parts.catalogue import (
    EVERY_PART,
    GETPROP,
    SETTINGS_GLOBAL,
    SETTINGS_SECURE,
    SETTINGS_SYSTEM,
)
from agents.phone.parts.getprop import Props
from agents.phone.parts.part import Part, Recorded
from agents.phone.parts.refusals import AWAITED
from agents.phone.parts.settings import Values
from fleet.contracts.facts import Gap

Value = TypeVar("Value")
ORDER = {part.name: position for position, part in enumerate(EVERY_PART)}


@dataclass
class Reading:
    recorded: Mapping[str, Recorded]
    gaps: list[Gap] = field(default_factory=list)
    props: Props = field(init=False)
    values: Values = field(init=False)

    def __post_init__(self) -> None:
        self.props = self.ask(GETPROP) or Props()
        tables = [self.ask(part) for part in (SETTINGS_GLOBAL, SETTINGS_SECURE, SETTINGS_SYSTEM)]
        self.values = Values({key: v for t in tables if t for key, v in t.values.items()})

    def ask(self, part: Part[Value]) -> Value | None:
        value, why = part.understand(self.recorded.get(part.name))
        if why:
            self.note(part.name, why.reason, why.detail)
        return value

    def ask_if_asked(self, part: Part[Value]) -> Value | None:
        """Read a slow part; that it was not asked for is no gap."""
        return self.ask(part) if part.name in self.recorded else None

    def note(self, part: str, reason: str, detail: str = "") -> None:
        self.gaps.append(Gap(part=part, reason=reason, detail=detail))

    def wait_for(self, part: str) -> None:
        """Keep a note of a part that is being asked while these are read."""
        self.gaps.append(Gap(part=part, reason=AWAITED, awaited=True))

    def notes(self) -> tuple[Gap, ...]:
        """Give the gaps: what contradicts itself first, then in the order of the questions."""
        return tuple(sorted(self.gaps, key=lambda gap: ORDER.get(gap.part, -1)))
