"""The adb server: the one that runs, or the one we start; only ours is ever ended."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from threading import Event, RLock
from types import TracebackType
from typing import Self

from agents.phone.devices import Transport, parse_devices
from agents.phone.errors import AdbServerUnavailable
from agents.phone.wire import CutOff, Deadline, Refused, ServerGone, Wire, connected

HOST, PORT = "127.0.0.1", 5037
AT = "@"  # between a phone's name and its server's address, where there are several
START_SECONDS = 20.0
QUESTION_SECONDS = 10.0
STOP_NOTICED = 0.25


def address(environment: Mapping[str, str]) -> tuple[str, int]:
    """Return where the adb server is, as adb itself reads its environment."""
    if place := environment.get("ADB_SERVER_SOCKET", "").removeprefix("tcp:"):
        host, _, port = place.rpartition(":")
        return host or HOST, int(port)
    host = environment.get("ANDROID_ADB_SERVER_ADDRESS") or HOST
    return host, int(environment.get("ANDROID_ADB_SERVER_PORT") or PORT)


def shipped_adb() -> Path:
    """Return the adb inside adbutils: the one on PATH may be too old for half of the features."""
    name = "adb.exe" if sys.platform == "win32" else "adb"
    return Path(str(files("adbutils.binaries") / name))


class Adb:
    """The adb server at `host:port`, asked through its own protocol.

    One `among_others` has its address put behind the names of its phones: two servers may call
    two phones alike.
    """

    def __init__(
        self, host: str | None = None, port: int | None = None, *, among_others: bool = False
    ) -> None:
        found_host, found_port = address(os.environ)
        self.host, self.port = host or found_host, port or found_port
        self.place = f"{AT}{self.address}" if among_others else ""
        self._ours: subprocess.Popen[bytes] | None = None
        self._lock = RLock()

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def started_by_us(self) -> bool:
        return self._ours is not None and self._ours.poll() is None

    @property
    def is_here(self) -> bool:
        """Whether it is a server of this machine, which we may start."""
        return self.host in (HOST, "localhost")

    def own_name(self, transport: str) -> str:
        """Return what this server itself calls a phone."""
        return transport.removesuffix(self.place)

    def transports(self, text: str) -> tuple[Transport, ...]:
        """Read a list of phones of this server."""
        return tuple(
            replace(one, serial=one.serial + self.place, port=one.port + self.place)
            for one in parse_devices(text)
        )

    def ensure(self) -> None:
        """Return when a server answers, started by us where none did; or AdbServerUnavailable."""
        with self._lock:
            if not self._answers():
                self._start()

    def close(self) -> None:
        """End the server if we started it; any other goes on."""
        with self._lock:
            ours, self._ours = self._ours, None
        if ours is not None:
            ours.terminate()
            try:
                ours.wait(5)
            except subprocess.TimeoutExpired:
                ours.kill()
                ours.wait()

    def ask(
        self, service: str, *, seconds: float = QUESTION_SECONDS, stop: Event | None = None
    ) -> str:
        """Return the answer of a `host:` service; raises Refused with the server's reason.

        What takes long is given up, as if the server were gone, when `stop` is set.
        """
        try:
            with connected(self.host, self.port, Deadline(seconds)) as wire:
                wire.service(service.encode())
                _wait(wire, stop)
                return wire.block().decode(errors="replace")
        except (OSError, CutOff) as error:
            raise AdbServerUnavailable(self.address, str(error) or "cut off") from None

    def version(self) -> int:
        return int(self.ask("host:version"), 16)

    def devices(self) -> tuple[Transport, ...]:
        """Return every phone the server sees, in whatever state."""
        return self.transports(self.ask("host:devices"))

    def features(self, serial: str) -> frozenset[str]:
        """Return what the phone announced; none for the phones of the Android 4-6 age."""
        return _features(self.ask(f"host-serial:{self.own_name(serial)}:features"))

    def server_features(self) -> frozenset[str]:
        """Ask the running server: binaries of one version number differ in what they can."""
        try:
            return _features(self.ask("host:host-features"))
        except Refused:
            return frozenset()

    def _answers(self) -> bool:
        try:
            return self.version() > 0
        except (ServerGone, AdbServerUnavailable):
            return False
        except (Refused, ValueError):
            raise AdbServerUnavailable(self.address, "something else answers there") from None

    def _start(self) -> None:
        if not self.is_here:
            raise AdbServerUnavailable(self.address, "no server answers there")
        self.close()  # what is left of one that we started before
        # A session of its own: Ctrl-C at the agent must not end adb before the agent is done.
        self._ours = subprocess.Popen(
            [str(shipped_adb()), "-P", str(self.port), "nodaemon", "server"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers()
        except AdbServerUnavailable:
            self.close()
            raise

    def _wait_until_it_answers(self) -> None:
        deadline = Deadline(START_SECONDS)
        while not self._answers():
            with suppress(TimeoutError):
                deadline.left()
                time.sleep(0.05)
                continue
            raise AdbServerUnavailable(self.address, "the adb we started does not answer")


def _wait(wire: Wire, stop: Event | None) -> None:
    """Wait for an answer, or raise CutOff when `stop` is set."""
    while stop is not None and not wire.readable(STOP_NOTICED):
        if stop.is_set():
            raise CutOff


def _features(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.strip().split(",")))
