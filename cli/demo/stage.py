"""What the story needs to run: folders of its own, a server, an adb server, phones, a station.

Everything is started by this process, known by its process id, and stopped in reverse order; the
machine's own adb server, settings and data are never touched.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from agents.handset.adb_server import AdbServer
from agents.handset.faults import fault
from agents.handset.handset import Handset
from agents.handset.ports import free_port
from cli.demo.cast import PHONES, Part
from cli.demo.narrator import Narrator
from fleet.contracts.words import _, language
from fleet.errors import Unavailable

STATION = "bench-1"
PATIENCE = 120.0  # seconds that any one thing may take on a slow machine


@dataclass(eq=False)
class StageNotReady(Unavailable):
    what: str
    log: str
    code = "stage_not_ready"
    message = _("{what} did not get ready.\n{log}")
    advice = _("Run `workfleet server doctor`; if that finds nothing, this is our mistake.")


def wait_until(what: str, true: Callable[[], object], *, log: Path | None = None) -> None:
    """Wait for a condition, looking five times a second; refuse after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not true():
        if time.monotonic() > deadline:
            raise StageNotReady(what, log.read_text("utf-8")[-2000:] if log else "")
        pause.wait(0.2)


class Stage:
    """A context manager: everything of the demo is up inside, and gone after it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self.phones: dict[Part, Handset] = {}

    def __enter__(self) -> Self:
        self.folder = Path(self._open.enter_context(_folder()))
        self.port = free_port()
        self.narrator = Narrator(self.environment(), self.folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def server_home(self) -> Path:
        return self.folder / "server"

    @property
    def station_home(self) -> Path:
        return self.folder / "station"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            "WORKFLEET_CONFIG": str(self.folder / "config"),
            "WORKFLEET_HOME": str(self.server_home),
            "WORKFLEET_STATION": str(self.station_home),
            "COLUMNS": "110",
            "LANG": "zh_CN.UTF-8" if language() == "zh_CN" else "C.UTF-8",
            "LC_ALL": "",
            "PYTHONUTF8": "1",
        }

    def start_server(self) -> None:
        self.background("server", "server", "serve", "--port", str(self.port))
        wait_until("The server", lambda: _answers(f"{self.url}/api/ready"), log=self.log("server"))

    def adb_server(self) -> AdbServer:
        self.adb = self._open.enter_context(AdbServer())
        return self.adb

    def start_station(self) -> None:
        self.adb_server()
        self.background("station", "agent", "run", "--adb-port", str(self.adb.port))

    def plug_in(self, parts: Sequence[Part] = PHONES) -> None:
        for part in parts:
            phone = Handset(part.profile, faults=[fault(name) for name in part.faults])
            self.phones[part] = self._open.enter_context(phone)
            phone.person.change_pin(part.pin)
            phone.adb = self.adb
            phone.plug_in()

    def background(self, name: str, *words: str) -> None:
        self._open.enter_context(
            _process(words, {**os.environ, **self.environment()}, self.log(name))
        )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="workfleet-demo-") as folder:
        yield folder


@contextmanager
def _process(words: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal is for the story, which then stops the rest in order.
            start_new_session=True,
        )
    try:
        yield
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
