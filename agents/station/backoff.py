"""Waiting before trying again: longer each time, never in step with the other stations."""

import random
from dataclasses import dataclass
from threading import Event


@dataclass
class Backoff:
    """Seconds; each wait lies between half and the whole of what doubling gives."""

    first: float = 1.0
    longest: float = 60.0
    failures: int = 0

    def next_seconds(self) -> float:
        whole = min(self.longest, self.first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 — spreads load, guards nothing

    def wait(self, stop: Event) -> bool:
        """Wait once; True when `stop` was set meanwhile."""
        return stop.wait(self.next_seconds())

    def reset(self) -> None:
        self.failures = 0
