"""What the framework may do to the phone around it: restart it and erase its files."""

import contextlib
import threading
from collections.abc import Callable
from typing import Final

from agents.handset.sandbox import Sandbox

# What a phone takes to go down: the command that asked for it still gets its answer.
GOING_DOWN_SECONDS: Final = 0.3
RESTART_SECONDS: Final = 30.0


class SandboxPower:
    """Restarts the phone in a sandbox; `plugged_in_again` follows each time."""

    def __init__(self, sandbox: Sandbox, plugged_in_again: Callable[[], None]) -> None:
        self._sandbox = sandbox
        self._plugged_in_again = plugged_in_again
        self._restarts = threading.Condition()
        self._restarting = 0

    def restart(self) -> None:
        """Go down in a moment and come up again."""
        with self._restarts:
            self._restarting += 1
        timer = threading.Timer(GOING_DOWN_SECONDS, self._restart_now)
        timer.daemon = True
        timer.start()

    def _restart_now(self) -> None:
        try:
            with contextlib.suppress(Exception):  # it may be switched off at this very moment
                self._sandbox.ask("reboot")
                self._plugged_in_again()
        finally:
            with self._restarts:
                self._restarting -= 1
                self._restarts.notify_all()

    def wait_until_up(self) -> None:
        """Wait until no restart is under way any more."""
        with self._restarts:
            self._restarts.wait_for(lambda: self._restarting == 0, timeout=RESTART_SECONDS)

    def erase_files(self) -> None:
        """Delete what users put on the phone: shared storage and /data/local/tmp."""
        for folder in (self._sandbox.storage, self._sandbox.data / "local" / "tmp"):
            self._sandbox.empty(folder)
