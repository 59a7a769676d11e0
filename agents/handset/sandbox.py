"""One sandbox: the process tree of one virtual phone, seen from the host."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import agents
from agents.handset.errors import HandsetDidNotStart, SandboxNotPossible
from agents.handset.inside.config import Config
from agents.handset.inside.folders import remove_tree
from agents.handset.ports import bound_listener

PORT_INSIDE: Final = 5555

START_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0

MEDIA_RW: Final = 1023
SHELL: Final = 2000

# The inner process starts without the environment's packages, which keeps its start quick.
START: Final = """\
import sys
sys.path.insert(0, sys.argv.pop(1))
from agents.handset.inside.init import main
main()
"""


class Sandbox:
    """Folders, a port on loopback, and a line to the process that holds the phone."""

    def __init__(self, root: Path, *, hostname: str, storage: Path | None = None) -> None:
        self.root = root
        self.hostname = hostname
        self.folder = Path(tempfile.mkdtemp(prefix="handset-"))
        self.storage = storage or self.folder / "storage" / "emulated" / "0"
        self.apex = self.folder / "apex"
        self.data = self.folder / "data"
        self.sockets = self.folder / "sockets"
        self.port = 0
        self._asking = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._unread = b""
        self._make_folders()

    @property
    def privileged(self) -> bool:
        return os.geteuid() == 0

    def _make_folders(self) -> None:
        for name in ("view", "sockets", "apex", "data/local/tmp", "data/data", "data/misc/adb"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "storage" / "emulated" / "0").mkdir(parents=True)
        (self.folder / "storage" / "self").mkdir()
        (self.folder / "storage" / "self" / "primary").symlink_to("/storage/emulated/0")
        (self.data / "local" / "tmp").chmod(0o771)
        (self.data / "data").chmod(0o700 if self.privileged else 0)
        self.own(self.data / "local" / "tmp", SHELL)
        self.own(self.storage, MEDIA_RW)

    def own(self, path: Path, user: int) -> None:
        """Give `path` to a user of the phone; without root they are all one user, ourselves."""
        if self.privileged:
            os.chown(path, user, user, follow_symlinks=False)
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o2770 if user == MEDIA_RW else 0o771)

    def empty(self, folder: Path) -> None:
        """Delete everything below `folder`, however it is closed."""
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                remove_tree(path)
            else:
                path.unlink(missing_ok=True)

    def start(self) -> None:
        """Start the phone's processes and wait until adbd listens, or refuse."""
        listener = bound_listener()
        self.port = listener.getsockname()[1]
        self._line, theirs = socket.socketpair()
        self._line.settimeout(ANSWER_SECONDS)
        with listener, theirs:
            self._process = self._launch(self._config(listener, theirs))
        answer = self._read_answer(START_SECONDS)
        if "refused" in answer:
            self.stop()
            raise SandboxNotPossible(str(answer["refused"]))

    def _config(self, listener: socket.socket, control: socket.socket) -> Config:
        return Config(
            folder=str(self.folder),
            root=str(self.root),
            mount_point=str(self.folder / "view"),
            apex=str(self.apex),
            data=str(self.data),
            storage=str(self.folder / "storage"),
            shared_storage=str(self.storage),
            sockets=str(self.sockets),
            hostname=self.hostname,
            parent=os.getpid(),
            listener=listener.fileno(),
            control=control.fileno(),
            port=PORT_INSIDE,
        )

    def _launch(self, config: Config) -> subprocess.Popen[bytes]:
        code = str(Path(agents.__file__).parent.parent)
        with (self.folder / "adbd.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", START, code, config.dump()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(config.listener, config.control),
                start_new_session=True,  # Ctrl-C at a terminal is for whoever holds the handset
            )

    def ask(self, do: str, **details: object) -> dict[str, Any]:
        """Give one order to the process around the phone and return its answer."""
        with self._asking:
            if self._line is None:
                raise HandsetDidNotStart(self.hostname, "it is not running")
            order = json.dumps({"do": do, **details}).encode() + b"\n"
            with contextlib.suppress(BrokenPipeError):  # then there is no answer to read either
                self._line.sendall(order)
            return self._read_answer(ANSWER_SECONDS)

    def _read_answer(self, seconds: float) -> dict[str, Any]:
        assert self._line is not None  # noqa: S101 — both callers have just made sure
        self._line.settimeout(seconds)
        try:
            while b"\n" not in self._unread:
                heard = self._line.recv(65536)
                if not heard:
                    raise HandsetDidNotStart(self.hostname, self._last_words())
                self._unread += heard
        except TimeoutError:
            raise HandsetDidNotStart(self.hostname, f"no answer for {seconds:.0f} s") from None
        line, self._unread = self._unread.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        lines = (self.folder / "adbd.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "its process ended"

    @property
    def pid(self) -> int:
        """The process that holds the phone; the phone's first process is its child."""
        return self._process.pid if self._process else 0

    def stop(self) -> None:
        """End the phone and everything in it, and remove its folders."""
        with contextlib.suppress(HandsetDidNotStart):  # then it has ended already
            self.ask("stop")
        with self._asking:
            if self._line is not None:
                self._line.close()
                self._line = None
        if self._process is not None:
            end(self._process)
            self._process = None
        remove_tree(self.folder)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end, and end it when it does not."""
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
