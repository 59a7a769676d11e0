"""How fast backups may go: one bucket for everybody at a station, served in the order they come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from agents.station.stopping import Paused, Stopped

# What may go by at once after a rest: a piece of a pack goes whole, so this is no finer than one.
BURST_SECONDS = 1.0
LOOK_SECONDS = 1.0  # how soon a new bound, or a pause, is noticed


@dataclass
class Pace:
    """A token bucket over bytes. `rate` in bytes per second, None where nothing is bounded.

    Whoever takes more than there is takes it in advance and waits until it would have come in; so
    nothing is ever too large, and the mean never exceeds the rate.
    """

    rate: int | None = None
    clock: Callable[[], float] = time.monotonic
    _free_at: float = 0.0  # when everything taken so far will have come in
    _lock: Lock = field(default_factory=Lock)

    def take(self, size: int, stop: Event, pause: Event | None = None) -> None:
        """Let `size` bytes go by, after waiting for them; raises Stopped, or Paused.

        A bound that is taken away meanwhile is waited for no longer.
        """
        due = self._booked(size)
        while self.rate and (left := due - self.clock()) > 0:
            if stop.wait(min(left, LOOK_SECONDS)):
                raise Stopped
            if pause is not None and pause.is_set():
                raise Paused

    def _booked(self, size: int) -> float:
        """Take the bytes in advance, and return when they will have come in."""
        with self._lock:
            if not self.rate:
                self._free_at = 0.0
                return 0.0
            now = self.clock()
            begins = max(self._free_at, now - BURST_SECONDS)
            self._free_at = begins + size / self.rate
            return self._free_at
