"""The service manager that started the agent, told how it is in its own protocol (sd_notify)."""

import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

STATUS_SECONDS: Final = 15.0  # how often the line that `systemctl status` shows is made anew
FEEDS: Final = 3.0  # in the time that the watchdog waits


@dataclass(frozen=True)
class Manager:
    """`address` is None where nobody listens; `watchdog` the seconds after which it bites."""

    address: str | None = None
    watchdog: float | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return the manager that speaks to this process through its environment."""
        address = environment.get("NOTIFY_SOCKET", "")
        if sys.platform == "win32" or not address.startswith(("/", "@")):
            return cls()
        return cls(address, _watchdog(environment))

    @property
    def seconds(self) -> float | None:
        """How long to wait before it is told again; None where nobody is to be told."""
        if self.address is None:
            return None
        fed = self.watchdog / FEEDS if self.watchdog else STATUS_SECONDS
        return min(fed, STATUS_SECONDS)

    def ready(self, status: str) -> None:
        self._tell("READY=1", f"STATUS={_line(status)}")

    def goes_on(self, status: str, *, turns: bool) -> None:
        """Show a status; the watchdog is fed only when everything still `turns`."""
        self._tell(f"STATUS={_line(status)}", *(["WATCHDOG=1"] if turns else []))

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if self.address is None or sys.platform == "win32":
            return
        address = self.address.replace("@", "\0", 1) if self.address[0] == "@" else self.address
        # A manager that does not listen for a moment is no reason to stop the work.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto("\n".join(lines).encode(), address)


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Return what the manager waits for us; it may have meant another process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdecimal() and int(microseconds) else None


def _line(status: str) -> str:
    return " ".join(status.split())
