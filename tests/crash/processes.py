"""The processes that are killed: a server and a station's agent, as the product starts them.

They are forked from a process that has imported the product and done nothing else, which makes
dying cheap: each is a process of its own, with files, sockets and a process id of its own, and is
ended by SIGKILL where it stands.
"""

import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing import get_context, parent_process, set_start_method
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any

import agents.station.loop  # noqa: F401 — what the command imports when it is called
import cli.agent  # noqa: F401
from agents.phone import tracking, wipe
from agents.station import backoff
from api import serve
from cli.app import main
from fleet.stations import exchange
from tests.crash.instants import Teller, in_agent, in_server

SOON = 0.05  # seconds: what the product waits so that an idle fleet costs nothing
FORKS = get_context("forkserver")
# What runs the test is imported by every child, so it is imported once, before they are born.
_RUNS = getattr(sys.modules["__main__"].__spec__, "name", __name__)
FORKS.set_forkserver_preload([__name__, "tests.crash.world", _RUNS])


def serves(address: str, log: str, options: dict[str, Any]) -> None:
    """Be a server, as `workfleet server serve` is one."""
    _into(log)
    set_start_method("fork", force=True)  # as in a program that was started by itself
    exchange.IDLE_SECONDS = 2 * SOON  # type: ignore[misc]
    ordinary = serve.application
    serve.application = lambda home: in_server(ordinary(home), Teller(address, "server"))
    serve.serve(serve.Serving(**options))


def watches(address: str, log: str, arguments: list[str]) -> None:
    """Be a station's agent: `workfleet agent run …`."""
    _into(log)
    backoff.Backoff.next_seconds = lambda _self: SOON  # type: ignore[method-assign]
    tracking.track.__kwdefaults__["settled"] = SOON
    wipe.BETWEEN_LOOKS, wipe.GOES_DOWN_SECONDS = SOON, 20 * SOON
    in_agent(Teller(address, "agent"))
    main(["agent", "run", *arguments])


def _into(log: str) -> None:
    """Write into a file what is said, in a session of its own: all of it is killed together."""
    os.setsid()
    Thread(target=_end_with_whoever_began, daemon=True).start()
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    sys.stderr = os.fdopen(2, "w", buffering=1)


def _end_with_whoever_began() -> None:
    began = parent_process()
    assert began is not None
    wait([began.sentinel])
    os.killpg(0, signal.SIGKILL)


@dataclass
class Life:
    """One process from its start to its end."""

    process: BaseProcess

    @classmethod
    def begin(cls, target: Any, *given: Any) -> "Life":
        process = FORKS.Process(target=target, args=given, daemon=False)
        process.start()
        return cls(process)

    @property
    def ended(self) -> bool:
        return not self.process.is_alive()

    def kill(self) -> None:
        """End it, and what it started, where it stands; nothing of it runs when this returns."""
        pid = self.process.pid
        assert pid is not None
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.kill()
        self.process.join()
