"""The pulse: every phone is asked, again and again, whether its shell answers at all.

Each question has a thread to itself, so that a phone which hangs holds up no other one. A phone
that a job works on is left alone: its cable may be full, and the job finds out by itself.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Event, Lock
from typing import Final

from agents.station.backoff import Backoff

BEAT: Final = 4.0  # seconds from an answer to the next question
SILENCE: Final = 5.0  # a phone that hangs is found so long after the beat at the latest
LONGEST_REST: Final = 60.0  # seconds between questions to one that hangs, or cannot be read
QUESTIONS: Final = 64  # at once; a thread is made only where no other is free


class Found(Enum):
    AWAKE = auto()  # it answered, and somebody waits for that
    HUNG = auto()  # it does not answer any more


@dataclass(eq=False)
class Beat:
    """When one phone is asked next; `awaited` while somebody wants to know that it answers."""

    transport: str
    due: float
    asked: bool = False
    awaited: bool = True
    hung: bool = False
    backoff: Backoff = field(default_factory=lambda: Backoff(first=2.0, longest=LONGEST_REST))


class Beats:
    """Whom to ask when; moments are seconds of any steady clock."""

    def __init__(self) -> None:
        self._beats: dict[str, Beat] = {}
        self._lock = Lock()

    def want(self, transport: str, moment: float) -> None:
        """Have a phone asked at once, and from then on."""
        with self._lock:
            beat = self._beats.setdefault(transport, Beat(transport, moment))
            beat.awaited, beat.due = True, moment

    def rest(self, transport: str, moment: float) -> None:
        """Have a phone that answers, and cannot be read, asked again at that moment."""
        with self._lock:
            beat = self._beats.get(transport)
            if beat is not None:
                beat.awaited, beat.due = True, moment

    def drop(self, transport: str) -> None:
        with self._lock:
            self._beats.pop(transport, None)

    def due(self, moment: float) -> list[Beat]:
        """Return whom to ask now; none of them is asked twice at once."""
        with self._lock:
            due = [beat for beat in self._beats.values() if not beat.asked and beat.due <= moment]
            for beat in due:
                beat.asked = True
            return due

    def seconds_left(self, moment: float) -> float | None:
        """Return how long nobody is due, None where nobody will be."""
        with self._lock:
            due = [beat.due for beat in self._beats.values() if not beat.asked]
        return max(0.0, min(due) - moment) if due else None

    def heard(self, beat: Beat, moment: float, *, silent: bool) -> Found | None:
        """Take note of an answer or of none; say what is new about the phone."""
        with self._lock:
            beat.asked = False
            if self._beats.get(beat.transport) is not beat:
                return None  # it left meanwhile
            return self._silent(beat, moment) if silent else self._answered(beat, moment)

    def _silent(self, beat: Beat, moment: float) -> Found | None:
        news = None if beat.hung else Found.HUNG
        beat.hung = beat.awaited = True
        beat.due = moment + beat.backoff.next_seconds()
        return news

    def _answered(self, beat: Beat, moment: float) -> Found | None:
        news = Found.AWAKE if beat.awaited else None
        beat.hung = beat.awaited = False
        beat.due = moment + BEAT
        beat.backoff.reset()
        return news


@dataclass
class Pulse:
    """Asks by `is_silent` in threads of `pool`, and tells `awake` and `hung` what is new."""

    is_silent: Callable[[str, float], bool]
    is_busy: Callable[[str], bool]
    awake: Callable[[str], None]
    hung: Callable[[str], None]
    pool: Executor
    stop: Event
    wake: Event = field(default_factory=Event)
    beats: Beats = field(default_factory=Beats)

    def run(self) -> None:
        """Keep the beat until stopped; `wake` ends a wait."""
        while not self.stop.is_set():
            self.wake.clear()
            for beat in self.beats.due(time.monotonic()):
                with suppress(RuntimeError):  # the pool takes nothing more: the agent is ending
                    self.pool.submit(self._ask, beat)
            self.wake.wait(self.beats.seconds_left(time.monotonic()))

    def want(self, transport: str) -> None:
        """Have `awake` called as soon as the phone answers."""
        self.beats.want(transport, time.monotonic())
        self.wake.set()

    def rest(self, transport: str, seconds: float | None = None) -> None:
        """Have a phone that cannot be read asked again then; after the longest wait if not said."""
        wait = LONGEST_REST if seconds is None else seconds
        self.beats.rest(transport, time.monotonic() + wait)

    def drop(self, transport: str) -> None:
        self.beats.drop(transport)

    def _ask(self, beat: Beat) -> None:
        name = beat.transport
        left_alone = self.is_busy(name) and not beat.awaited
        silent = not left_alone and self.is_silent(name, SILENCE) and not self.is_busy(name)
        news = self.beats.heard(beat, time.monotonic(), silent=silent)
        self.wake.set()
        if news is Found.AWAKE:
            self.awake(name)
        elif news is Found.HUNG:
            self.hung(name)
