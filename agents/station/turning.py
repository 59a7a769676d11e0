"""Whether the parts of an agent still turn: who feeds a watchdog must not say so of a stuck one."""

from threading import Event, current_thread
from time import monotonic


class Turning(Event):
    """The agent's `stop`, as one part of it sees it: each look at it is a turn of the part.

    The part is the thread of that name; what others do with the same event is no turn of it.
    `longest` is the seconds that the part may rightly be at one thing.
    """

    def __init__(self, part: str, stop: Event, *, longest: float) -> None:
        super().__init__()
        self.part, self.longest = part, longest
        self._stop = stop
        self._turned_at = monotonic()

    @property
    def still_turns(self) -> bool:
        return monotonic() - self._turned_at <= self.longest

    def is_set(self) -> bool:
        self._note()
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._note()
        return self._stop.wait(timeout)

    def set(self) -> None:
        self._stop.set()

    def _note(self) -> None:
        if current_thread().name == self.part:
            self._turned_at = monotonic()
