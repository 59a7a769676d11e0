"""Packs on their way to the server: one is sent while the next is made, never more."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import BinaryIO, Protocol

from agents.station.backoff import Backoff
from agents.station.backup.progress import Progress
from agents.station.stopping import Stopped
from api.client import Refused, ServerUnreachable

BLOCK = 1024 * 1024


class Store(Protocol):
    """The part of the server's client that takes packs, and gives what to go on from."""

    def put_pack(
        self, backup: str, number: int, content: "Chunks", *, size: int, digest: str
    ) -> object: ...

    def put_index(self, backup: str, content: "Chunks", *, size: int, digest: str) -> object: ...

    def put_manifest(self, backup: str, content: "Chunks", *, size: int, digest: str) -> object: ...

    def base(self, backup: str) -> AbstractContextManager[Iterator[bytes]]: ...


@dataclass(frozen=True)
class Chunks:
    """A file as large pieces, from its start each time it is sent."""

    file: BinaryIO

    def __iter__(self) -> "Chunks":
        return self

    def __next__(self) -> bytes:
        if chunk := self.file.read(BLOCK):
            return chunk
        raise StopIteration


def patiently(send: Callable[[], object], stop: Event) -> None:
    """Send until the server has it; a server that is down is waited for, a refusal is raised."""
    backoff = Backoff()
    while True:
        if _taken(send):
            return
        if backoff.wait(stop):
            raise Stopped


def _taken(send: Callable[[], object]) -> bool:
    """Say whether the server took it; False where trying again may help."""
    try:
        send()
    except ServerUnreachable:
        return False
    except Refused as refusal:
        if refusal.kind != "unavailable":
            raise
        return False
    return True


def send_file(
    put: Callable[..., object], path: Path, *where: object, size: int, digest: str
) -> None:
    with path.open("rb") as file:
        put(*where, Chunks(file), size=size, digest=digest)


@dataclass
class Sender:
    """Sends finished packs in a thread of its own; what went wrong there is raised here."""

    store: Store
    progress: Progress
    backup: str
    stop: Event
    error: Exception | None = None
    _waiting: "SimpleQueue[tuple[int, str, int] | None]" = field(default_factory=SimpleQueue)
    _room: Semaphore = field(default_factory=lambda: Semaphore(1))

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._work, daemon=True, name=f"send-{self.backup}")
        self._thread.start()

    def hand_over(self, number: int, digest: str, size: int) -> None:
        """Give a pack to be sent; waits while the one before is on its way."""
        self._room.acquire()
        self._raise()
        self._waiting.put((number, digest, size))

    def finish(self) -> None:
        """Return when everything handed over is at the server."""
        self.close()
        self._raise()

    def close(self) -> None:
        """Send nothing more; what is on its way is waited for."""
        self._waiting.put(None)
        self._thread.join()

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        while (pack := self._waiting.get()) is not None:
            try:
                self._send(*pack)
            except Exception as error:  # noqa: BLE001 — raised where the packs are made
                self.error = error
                return
            finally:
                self._room.release()

    def _send(self, number: int, digest: str, size: int) -> None:
        path = spooled(self.progress.folder, number)
        patiently(
            lambda: send_file(
                self.store.put_pack, path, self.backup, number, size=size, digest=digest
            ),
            self.stop,
        )
        self.progress.sent(number)
        path.unlink(missing_ok=True)


def resend(progress: Progress, sender: Sender) -> None:
    """Hand over the packs that an earlier run made and did not get to the server."""
    for number, digest, size in progress.unsent():
        if _is_whole(spooled(progress.folder, number), digest):
            sender.hand_over(number, digest, size)
        else:
            progress.drop(number)
    for stray in progress.folder.glob("pack-*.age"):
        if stray not in {spooled(progress.folder, number) for number, *_ in progress.unsent()}:
            stray.unlink(missing_ok=True)


def _is_whole(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


def spooled(folder: Path, number: int) -> Path:
    return folder / f"pack-{number:06d}.age"
