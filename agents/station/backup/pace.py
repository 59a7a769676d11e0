"""How fast backups may go: one bucket for everybody at a station, served in the order they come."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from agents.station.stopping import Stopped

# What may go by at once after a rest: a piece of a pack goes whole, so this is no finer than one.
BURST_SECONDS = 1.0


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

    def take(self, size: int, stop: Event) -> None:
        """Let `size` bytes go by, after waiting for them; raises Stopped when `stop` is set."""
        wait = self._booked(size)
        if wait > 0 and stop.wait(wait):
            raise Stopped

    def _booked(self, size: int) -> float:
        with self._lock:
            if not self.rate:
                self._free_at = 0.0
                return 0.0
            now = self.clock()
            begins = max(self._free_at, now - BURST_SECONDS)
            self._free_at = begins + size / self.rate
            return self._free_at - now
