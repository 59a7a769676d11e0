"""How far a job is, and how fast it goes: over the last seconds, and not since it began."""

from collections import deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 20.0
AT_LEAST_SECONDS = 2.0  # less says more about chance than about the job


@dataclass(frozen=True, slots=True)
class Far:
    """Bytes and files of a job, as far as they are known."""

    done: int | None = None
    total: int | None = None
    files: int | None = None
    files_total: int | None = None

    def further(self, size: int, files: int) -> "Far":
        return Far((self.done or 0) + size, self.total, (self.files or 0) + files, self.files_total)


@dataclass
class Meter:
    """Bytes per second of late. Nothing that has gone by for a while shows as nothing."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, at: float, done: int) -> None:
        """Take note of how much is done; what went back (read again) begins anew."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((at, done))

    def rate(self, at: float) -> int | None:
        """Return bytes per second up to now, None while there is too little to tell from."""
        while len(self._seen) > 1 and self._seen[1][0] <= at - WINDOW_SECONDS:
            self._seen.popleft()
        if not self._seen or at - self._seen[0][0] < AT_LEAST_SECONDS:
            return None
        began, before = self._seen[0]
        return int((self._seen[-1][1] - before) / (at - max(began, at - WINDOW_SECONDS)))
