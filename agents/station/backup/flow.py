"""What all backups of one station share: its disk, how fast they may go, and the server."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event

from agents.station.backup.pace import LOOK_SECONDS, Pace
from agents.station.backup.room import Room
from agents.station.stopping import go_on


@dataclass
class Line:
    """Whether the server takes what is sent, as whoever tried last has found."""

    clock: Callable[[], float] = time.monotonic
    change: Condition = field(default_factory=Condition)
    _away_since: float | None = None

    def tried(self, *, taken: bool) -> None:
        with self.change:
            if taken:
                self._away_since = None
            elif self._away_since is None:
                self._away_since = self.clock()
            self.change.notify_all()

    def wait(self, seconds: float, stop: Event, pause: Event) -> None:
        """Wait before the server is tried again; raises Stopped, or Paused."""
        due = self.clock() + seconds
        with self.change:
            while (left := due - self.clock()) > 0:
                go_on(stop, pause)
                self.change.wait(min(left, LOOK_SECONDS))
        go_on(stop, pause)

    @property
    def is_away(self) -> bool:
        return self._away_since is not None

    def away_seconds(self) -> float:
        since = self._away_since
        return 0.0 if since is None else self.clock() - since


@dataclass
class Flow:
    room: Room
    reading: Pace = field(default_factory=Pace)
    sending: Pace = field(default_factory=Pace)
    line: Line = field(default_factory=Line)

    @classmethod
    def at(cls, folder: Path) -> "Flow":
        return cls(Room(folder))

    def is_away(self) -> bool:
        return self.line.is_away

    def limit(self, rate: int | None) -> None:
        """Let bytes be read, and sent, at most at `rate` per second; None bounds nothing."""
        self.reading.rate = self.sending.rate = rate
