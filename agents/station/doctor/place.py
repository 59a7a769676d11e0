"""Where a doctor looks: the folder of a station, its adb servers, and the machine around them."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from agents.phone.server import Adb, shipped_adb
from agents.station.home import Home, open_home
from fleet.contracts import clock
from fleet.errors import FleetError


@dataclass(frozen=True)
class Place:
    """`root` is where the system's own folders (sys, proc, dev) are."""

    home: Path
    servers: tuple[Adb, ...]
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    now: Callable[[], datetime] = clock.now
    adb: Path = field(default_factory=shipped_adb)

    @property
    def station(self) -> Home | None:
        """Return the station; None where the folder is none, which its own check tells."""
        with suppress(FleetError):
            return open_home(self.home)
        return None

    @property
    def user_home(self) -> Path:
        """Return the folder in which adb keeps its keys, by the rules of adb."""
        return Path(self.environment.get("HOME") or Path.home())
