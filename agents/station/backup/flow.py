"""What all backups of one station share: its disk, and how fast they may read and send."""

from dataclasses import dataclass, field
from pathlib import Path

from agents.station.backup.pace import Pace
from agents.station.backup.room import Room


@dataclass
class Flow:
    room: Room
    reading: Pace = field(default_factory=Pace)
    sending: Pace = field(default_factory=Pace)

    @classmethod
    def at(cls, folder: Path) -> "Flow":
        return cls(Room(folder))

    def limit(self, rate: int | None) -> None:
        """Let bytes be read, and sent, at most at `rate` per second; None bounds nothing."""
        self.reading.rate = self.sending.rate = rate
