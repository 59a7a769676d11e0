"""An adb server of our own: the adb that adbutils ships, on a port and in a folder of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import adbutils
from adbutils import AdbClient, AdbError

from agents.handset.errors import AdbServerDidNotStart, HandsetNotConnected
from agents.handset.inside import guard
from agents.handset.ports import LOOPBACK, free_port

START_SECONDS: Final = 15.0
STOP_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.01
GUARD: Final = (sys.executable, "-I", "-S", str(Path(guard.__file__)))

# It is to see our handsets alone: no cable, no network search. Without USB it also starts in
# a hundredth of a second, where looking for a hub takes three.
QUIET: Final = {"ADB_USB": "0", "ADB_LIBUSB": "0", "ADB_MDNS": "0", "ADB_MDNS_AUTO_CONNECT": "0"}
HEARING: Final = {"ADB_USB": "0", "ADB_LIBUSB": "0", "ADB_MDNS_OPENSCREEN": "1"}


def bundled_adb() -> Path:
    """Return the adb that adbutils ships, whatever else is on the PATH."""
    name = "adb.exe" if os.name == "nt" else "adb"
    return Path(adbutils.__file__).parent / "binaries" / name


class AdbServer:
    """A context manager: starts an adb server that sees only what is connected to it.

    It ends with the `with` block, or with this process, whatever happens to it. One that `hears`
    also finds phones in the network, which should then be one of its own.
    """

    def __init__(
        self, port: int | None = None, *, hears: bool = False, adb: Path | None = None
    ) -> None:
        self.port = port or free_port()
        self._adb = adb or bundled_adb()
        self._chosen = HEARING if hears else QUIET
        self._home = tempfile.TemporaryDirectory(prefix="handset-adb-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def client(self) -> AdbClient:
        return AdbClient(host=LOOPBACK, port=self.port, socket_timeout=30.0)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        log = (Path(self._home.name) / "adb.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [*GUARD, str(os.getpid()), self._home.name, str(self._adb), *self._arguments()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_itanswers()

    def _arguments(self) -> list[str]:
        return ["-P", str(self.port), "nodaemon", "server"]

    def _environment(self) -> dict[str, str]:
        private = {"HOME": self._home.name, "ANDROID_USER_HOME": f"{self._home.name}/.android"}
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, **private, **self._chosen}

    def _wait_until_itanswers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._alive():
            if answers(self.port):
                return
            time.sleep(POLL_SECONDS)
        words = self._last_words()
        self.stop()
        raise AdbServerDidNotStart(words)

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _last_words(self) -> str:
        log = Path(self._home.name) / "adb.log"
        lines = log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it did not answer in {START_SECONDS:.0f} s"

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._home.cleanup()

    def connect(self, address: str) -> None:
        """Connect to a phone and wait until adb calls it a device, or refuse."""
        connect(self.client, address)

    def disconnect(self, address: str) -> None:
        disconnect(self.client, address)

    def reconnect(self, address: str) -> None:
        """Connect at once after a phone went away; by itself adb waits about ten seconds."""
        self.disconnect(address)
        self.connect(address)

    def state(self, address: str) -> str:
        """Return what adb calls the phone now, "absent" when it does not list it."""
        return state(self.client, address)


def connect(client: AdbClient, address: str) -> None:
    """Connect `client`'s server to `address`; adb's own answer is no witness of success."""
    answer = client.connect(address, timeout=CONNECT_SECONDS)
    deadline = time.monotonic() + CONNECT_SECONDS
    while state(client, address) != "device":
        if time.monotonic() > deadline or "connected" not in answer:
            raise HandsetNotConnected(address, str(answer))
        time.sleep(POLL_SECONDS)


def disconnect(client: AdbClient, address: str) -> None:
    with contextlib.suppress(AdbError):
        client.disconnect(address)


def state(client: AdbClient, address: str) -> str:
    found = {info.serial: info.state for info in client.list()}
    return str(found.get(address, "absent"))


def answers(port: int) -> bool:
    """Ask the server for its version by ourselves.

    adbutils would start a server of its own, on adb's usual port, when nobody answers yet.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=START_SECONDS) as line:
            line.sendall(b"000chost:version")
            return line.recv(4) == b"OKAY"
    except OSError:
        return False
