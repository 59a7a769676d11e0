"""The station's disk: how much of it packs may take, and whose turn it is when that is all in use.

Every pack books its size before it is begun and gives it back when the server has it. Who waits is
served in the order of coming, so that a phone with one large file and a phone with many small ones
each get their next pack. What is left on the disk for everything else is never booked.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event

from agents.station.stopping import go_on

GIB = 1024**3
LOOK_SECONDS = 1.0  # others fill and empty the disk as well, and nobody tells


def free_bytes(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free


@dataclass
class Room:
    """`most_bytes` for all packs together.

    A pack above `whole_bytes` is never here as a whole: it goes through a window of that size.
    """

    folder: Path
    most_bytes: int = 4 * GIB
    whole_bytes: int = GIB // 2
    reserve_bytes: int = GIB
    free: Callable[[Path], int] = free_bytes
    _booked: int = 0
    _waiting: deque[object] = field(default_factory=deque)
    _change: Condition = field(default_factory=Condition)

    def book(self, size: int, stop: Event, pause: Event, waits: Callable[[], None]) -> "Booking":
        """Book room for a pack; `waits` is called once when it is not there at once."""
        window = self.whole_bytes if size > self.whole_bytes else None
        size = window or size
        with self._change, self._in_line() as turn:
            told = False
            while not self._has(size, turn):
                if not told:
                    waits()
                    told = True
                self._change.wait(LOOK_SECONDS)
                go_on(stop, pause)
            self._booked += size
        return Booking(self, size, window)

    def taken(self, size: int) -> "Booking":
        """Book what an earlier run left on the disk already."""
        with self._change:
            self._booked += size
        return Booking(self, size)

    def _has(self, size: int, turn: object) -> bool:
        if self._waiting[0] is not turn:
            return False
        if self._booked and self._booked + size > self.most_bytes:
            return False
        return self.free(self.folder) - self._booked - size >= self.reserve_bytes

    @contextmanager
    def _in_line(self) -> Iterator[object]:
        turn = object()
        self._waiting.append(turn)
        try:
            yield turn
        finally:
            self._waiting.remove(turn)
            self._change.notify_all()

    def give_back(self, booking: "Booking") -> None:
        """Take back what was booked; whoever made the pack and whoever sent it may both say so."""
        with self._change:
            self._booked -= booking.size
            booking.size = 0
            self._change.notify_all()


@dataclass
class Booking:
    """Room for one pack; given back once, however often it is said."""

    room: Room
    size: int
    window: int | None = None

    def end(self) -> None:
        self.room.give_back(self)
