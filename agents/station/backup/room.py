"""The station's disk: how much of it packs may take, and whose turn it is when that is all in use.

Every pack books its size before it is begun and gives it back when the server has it. Who waits is
served in the order of coming, so that a phone with one large file and a phone with many small ones
each get their next pack. What is left on the disk for everything else is never booked.

While the server is away packs gather: then the disk alone is the bound, and each is kept whole.
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


def never() -> bool:
    return False


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
    _coming: int = 0  # of what is booked: not on the disk yet, so that it shows in what is free
    _waiting: deque[object] = field(default_factory=deque)
    _change: Condition = field(default_factory=Condition)

    def book(
        self,
        size: int,
        stop: Event,
        pause: Event,
        waits: Callable[[], None],
        away: Callable[[], bool] = never,
    ) -> "Booking":
        """Book room for a pack; `waits` is called once when it is not there at once.

        What nobody takes (`away`) goes through no window: it has to lie here as a whole.
        """
        with self._change, self._in_line() as turn:
            told = False
            while not self._has(
                needed := self._needed(size, away=(gone := away())), turn, away=gone
            ):
                if not told:
                    waits()
                    told = True
                self._change.wait(LOOK_SECONDS)
                go_on(stop, pause)
            self._booked += needed
            self._coming += needed
        return Booking(self, needed, needed if needed < size else None, needed)

    def has_for(self, size: int) -> bool:
        """Say whether the disk has room for a pack as a whole."""
        with self._change:
            return self.free(self.folder) - self._coming - size >= self.reserve_bytes

    def _needed(self, size: int, *, away: bool) -> int:
        return self.whole_bytes if size > self.whole_bytes and not away else size

    def _has(self, size: int, turn: object, *, away: bool) -> bool:
        if self._waiting[0] is not turn:
            return False
        if not away and self._booked and self._booked + size > self.most_bytes:
            return False
        return self.free(self.folder) - self._coming - size >= self.reserve_bytes

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
            self._coming -= booking.coming
            booking.size = booking.coming = 0
            self._change.notify_all()

    def written(self, booking: "Booking", *, away: bool) -> None:
        """Take note that a pack is here as a whole; what gathers is bounded by the disk alone."""
        with self._change:
            self._coming -= booking.coming
            booking.coming = 0
            if away:
                self._booked -= booking.size
                booking.size = 0
            self._change.notify_all()


@dataclass
class Booking:
    """Room for one pack; given back once, however often it is said."""

    room: Room
    size: int
    window: int | None = None
    coming: int = 0

    def end(self) -> None:
        self.room.give_back(self)

    def written(self, *, away: bool) -> None:
        if self.window is None:
            self.room.written(self, away=away)
