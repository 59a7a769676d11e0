"""What a phone said before: slow questions are asked anew only when they are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from agents.phone.parts import catalogue
from agents.phone.parts.getprop import Props
from agents.phone.parts.identity import serial_of
from agents.phone.parts.part import Part, Recorded
from agents.phone.parts.slow import SLOW

BUILD = ("ro.build.fingerprint", "ro.system.build.fingerprint", "ro.build.version.incremental")


@dataclass(frozen=True)
class Start:
    """A phone as it was started last; after the next start everything is asked anew."""

    serial: str
    boot_id: str | None = None
    build: str | None = None


@dataclass(frozen=True)
class Kept:
    """An answer of an earlier visit, and what was asked."""

    command: str
    at: datetime
    start: Start
    recorded: Recorded = field(repr=False)


class Memory(Protocol):
    """Keeps what slow questions brought, by phone and part."""

    @property
    def parts(self) -> Sequence[Part[Any]]:
        """Give the slow questions."""

    def kept(self, serial: str) -> Mapping[str, Kept]: ...

    def keep(self, serial: str, answers: Mapping[str, Kept]) -> None: ...


class NoMemory:
    """Asks everything: for a recording, which is to be whole."""

    parts: Sequence[Part[Any]] = SLOW

    def kept(self, serial: str) -> Mapping[str, Kept]:
        del serial
        return {}

    def keep(self, serial: str, answers: Mapping[str, Kept]) -> None: ...


@dataclass(frozen=True)
class Anew:
    """Asks everything, and keeps it: something was done to the phone by hand."""

    of: Memory

    @property
    def parts(self) -> Sequence[Part[Any]]:
        return self.of.parts

    def kept(self, serial: str) -> Mapping[str, Kept]:
        del serial
        return {}

    def keep(self, serial: str, answers: Mapping[str, Kept]) -> None:
        self.of.keep(serial, answers)


def start_of(recorded: Mapping[str, Recorded]) -> Start | None:
    """Tell which phone answered, and since which start; `None` where it does not name itself."""
    props, _why = catalogue.GETPROP.understand(recorded.get(catalogue.GETPROP.name))
    boot, _why = catalogue.BOOT.understand(recorded.get(catalogue.BOOT.name))
    serial = serial_of(props or Props())
    if props is None or serial is None:
        return None
    return Start(serial, boot.boot_id if boot else None, props.first(*BUILD))


def due(
    parts: Sequence[Part[Any]], kept: Mapping[str, Kept], start: Start, at: datetime
) -> list[Part[Any]]:
    """Return what is to be asked: never asked, asked otherwise, long ago, or before its start."""
    return [part for part in parts if not _is_fresh(part, kept.get(part.name), start, at)]


def _is_fresh(part: Part[Any], kept: Kept | None, start: Start, at: datetime) -> bool:
    if kept is None or kept.command != part.command or kept.start != start:
        return False
    return timedelta(0) <= at - kept.at < timedelta(hours=part.every)
