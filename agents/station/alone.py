"""One agent at each adb server of this machine, whoever started it and whatever its folder is.

On Linux the lock is a name in the abstract namespace of sockets. It reaches exactly as far as the
address of the adb server does, it is no file that a stranger could plant a link for, and it ends
with the process. Elsewhere it is a lock on an empty file, which is never written to.
"""

import errno
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Final

from agents.station.errors import AdbServerTaken, LockUnusable
from fleet.contracts.words import _, say

ANSWER_SECONDS: Final = 2.0
LONGEST_ANSWER: Final = 4096
CREDENTIALS: Final = struct.Struct("3i")  # pid, uid and gid, as SO_PEERCRED gives them

PROCESS = _("process {pid} ({home})")
UNNAMED = _("a process that does not say which")


@dataclass(frozen=True)
class Holder:
    """The agent that works at an adb server, as far as it is known."""

    pid: int | None = None
    home: str = "?"

    def __str__(self) -> str:
        return say(UNNAMED) if self.pid is None else say(PROCESS, pid=self.pid, home=self.home)


@contextmanager
def alone_at(address: str, home: Path) -> Iterator[None]:
    """Work at the adb server at `address` (HOST:PORT) as its only agent, or be refused."""
    with by_name(address, home) if sys.platform == "linux" else by_file(address, _shared()):
        yield


def holder_at(address: str) -> Holder | None:
    """Return which agent works there; None where none does, or where that cannot be seen."""
    if sys.platform != "linux":
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(ANSWER_SECONDS)
        try:
            asking.connect(_name(address))
        except ConnectionRefusedError:
            return None
        except OSError:
            return Holder()
        return _told_by(asking)


@contextmanager
def by_name(address: str, home: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as held:
        try:
            held.bind(_name(address))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise LockUnusable(path=_name(address)[1:], reason=str(error.strerror)) from None
            who = str(holder_at(address) or Holder())
            raise AdbServerTaken(address=address, who=who) from None
        held.listen()
        teller = Thread(target=_tell, args=(held, str(home)), name="lock", daemon=True)
        teller.start()
        try:
            yield
        finally:
            held.shutdown(socket.SHUT_RDWR)  # wakes the thread, which holds the name while it waits
            teller.join()


@contextmanager
def by_file(address: str, folder: Path) -> Iterator[None]:
    path = folder / f"workfleet-agent-{_canonical(address).replace(':', '-')}.lock"
    handle = _opened(path)
    try:
        _lock(handle, address)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    flags = os.O_RDONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, 0o644)
    except OSError as error:
        raise LockUnusable(path=str(path), reason=str(error.strerror)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise LockUnusable(path=str(path), reason="not a file")
    return handle


def _lock(handle: int, address: str) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 — there alone

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 — everywhere but there

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise AdbServerTaken(address=address, who=str(Holder())) from None


def _shared() -> Path:
    """Return a folder that all users of this machine share."""
    return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData") if os.name == "nt" else "/tmp")  # noqa: S108 — no link in it is followed, and nothing is written


def _canonical(address: str) -> str:
    host, _colon, port = address.lower().rpartition(":")
    return f"{'127.0.0.1' if host in {'', 'localhost'} else host}:{port}"


def _name(address: str) -> str:
    return f"\0workfleet-agent/{_canonical(address)}"


def _tell(held: socket.socket, home: str) -> None:
    """Tell whoever asks which folder this agent works for, until the lock ends."""
    with suppress(OSError):
        while True:
            asking, _nobody = held.accept()
            with asking, suppress(OSError):
                asking.sendall(home.encode(errors="replace")[:LONGEST_ANSWER])


def _told_by(asking: socket.socket) -> Holder:
    """Return who answers: the kernel says which process, and that one for which folder."""
    peer = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid = CREDENTIALS.unpack(peer)[0]
    told = b""
    with suppress(OSError):
        while len(told) < LONGEST_ANSWER and (piece := asking.recv(LONGEST_ANSWER)):
            told += piece
    home = "".join(filter(str.isprintable, told.decode(errors="replace")))
    return Holder(pid, home or "?")
