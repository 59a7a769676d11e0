"""Which phones are here: adb names transports, a phone names itself, and the two differ.

One phone may be reachable two ways at once (cable and Wi-Fi) and counts once. Two phones that
call themselves alike are both refused: a job could reach the wrong one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from threading import RLock

from agents.phone.server import AT
from fleet.contracts.facts import PhoneFacts


@dataclass(frozen=True)
class Here:
    """A phone behind one transport; `is_asked`: slow questions are being asked of it."""

    transport: str
    serial: str
    facts: PhoneFacts = field(repr=False)
    is_asked: bool = False


class Seen(Enum):
    NEW = auto()
    AGAIN = auto()  # over this transport, once more
    SECOND_WAY = auto()  # a phone that is here already
    CLASH = auto()  # another phone with the same serial number


@dataclass(frozen=True)
class Gone:
    """What the end of a transport means: a phone that left, or others to look at again."""

    serial: str | None = None
    probe: tuple[str, ...] = ()


# Whether the phones behind two transports are one and the same.
SamePhone = Callable[[str, str], bool]


class Phones:
    """The phones at this station; asked and told by several threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._here: dict[str, Here] = {}  # by transport
        self._clashing: set[str] = set()  # serial numbers

    def present(self) -> list[str]:
        """Return the serial numbers of the phones that can be worked on."""
        with self._lock:
            return sorted({one.serial for one in self._here.values()} - self._clashing)

    def find(self, serial: str) -> Here | None:
        """Return the best way to a phone, by cable where there is one, or None."""
        with self._lock:
            ways = [one for one in self._here.values() if one.serial == serial]
            if not ways or serial in self._clashing:
                return None
            return min(ways, key=lambda one: (_is_wireless(one.transport), one.transport))

    def free(self, serial: str) -> Here | None:
        """Return the best way to a phone, or None as long as slow questions are asked of it.

        What it said before them is told again with the answers: no job may change it meanwhile.
        """
        with self._lock:
            is_asked = any(one.is_asked for one in self._here.values() if one.serial == serial)
            return None if is_asked else self.find(serial)

    def answered(self, here: Here) -> bool:
        """Note that nobody asks slow questions any more; say whether that is news."""
        with self._lock:
            is_news = here.is_asked and self._here.get(here.transport) is here
            if is_news:
                self._here[here.transport] = replace(here, is_asked=False)
            return is_news

    def at(self, transport: str) -> Here | None:
        """Return the phone behind one transport, where it was probed."""
        with self._lock:
            return self._here.get(transport)

    def seen(self, here: Here, same_phone: SamePhone) -> Seen:
        """Take note of a probed phone; `same_phone` is asked when its serial is here already."""
        with self._lock:
            others = self._others(here)
        clash = any(not same_phone(other, here.transport) for other in others)
        with self._lock:
            before = self._here.get(here.transport)
            is_known = before is not None and before.serial == here.serial
            self._here[here.transport] = here
            if clash or here.serial in self._clashing:
                self._clashing.add(here.serial)
                return Seen.CLASH
            if is_known:
                return Seen.AGAIN
            return Seen.SECOND_WAY if others else Seen.NEW

    def left(self, transport: str) -> "Gone":
        """Forget a transport; who stays behind after a clash has to be probed anew."""
        with self._lock:
            gone = self._here.pop(transport, None)
            others = self._others(gone) if gone else []
            if gone is None or (gone.serial not in self._clashing and others):
                return Gone()
            if gone.serial not in self._clashing:
                return Gone(serial=gone.serial)
            return Gone(probe=self._settle(gone.serial, others))

    def _settle(self, serial: str, others: list[str]) -> tuple[str, ...]:
        if len(others) > 1:
            return ()
        self._clashing.discard(serial)
        for transport in others:
            del self._here[transport]
        return tuple(others)

    def clear(self) -> None:
        """Forget every phone: nobody watches them any more."""
        with self._lock:
            self._here.clear()
            self._clashing.clear()

    def clashing(self, serial: str) -> list[str]:
        """Return the transports of the phones that share `serial`, where more than one does."""
        with self._lock:
            ways = [one.transport for one in self._here.values() if one.serial == serial]
            return sorted(ways) if serial in self._clashing else []

    def _others(self, here: Here) -> list[str]:
        return [
            one.transport
            for one in self._here.values()
            if one.serial == here.serial and one.transport != here.transport
        ]


def _is_wireless(transport: str) -> bool:
    name = transport.partition(AT)[0]  # what follows is where its adb server is
    return ":" in name or "._adb" in name
