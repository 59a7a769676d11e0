"""Packs on their way to the server, piece by piece, each while it is still being made.

One is made while the one before is finished being sent, never more. What was cut goes on where the
server says that it ends; a server that is down or full is waited for.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import BinaryIO, Protocol

from agents.station.backoff import Backoff
from agents.station.backup.flow import Flow
from agents.station.backup.progress import Progress
from agents.station.backup.room import Booking
from agents.station.backup.spool import PIECE, UNIT, Piece, Spool
from agents.station.stopping import Paused, go_on
from api.client import Refused, ServerUnreachable
from fleet.contracts.uploads import PieceQuery, UploadOut, UploadQuery

BLOCK = 1024 * 1024
# Servers that share no folder each know only of what came to them: after so many steps back a pack
# is sent as a whole, in one request, which is at one of them.
SETBACKS = 3
DAMAGED = "piece_damaged"
PAUSED = "backup_paused"


class Store(Protocol):
    """The part of the server's client that takes packs, and gives what to go on from."""

    def upload(self, backup: str, number: int, query: UploadQuery) -> UploadOut: ...

    def put_piece(
        self, backup: str, number: int, piece: Iterable[bytes], size: int, query: PieceQuery
    ) -> UploadOut: ...

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


def patiently(send: Callable[[], object], stop: Event, pause: Event) -> None:
    """Send until the server has it; a server that is down is waited for, a refusal is raised."""
    backoff = Backoff()
    while not _taken(send):
        backoff.wait(stop)
        go_on(stop, pause)


def _taken(send: Callable[[], object]) -> bool:
    """Say whether the server took it; False where trying again may help."""
    try:
        send()
    except ServerUnreachable:
        return False
    except Refused as refusal:
        if refusal.code == PAUSED:
            raise Paused from None
        if refusal.kind != "unavailable":
            raise
        return False
    return True


def send_file(
    put: Callable[..., object], path: Path, *where: object, size: int, digest: str
) -> None:
    with path.open("rb") as file:
        put(*where, Chunks(file), size=size, digest=digest)


@dataclass(frozen=True)
class Outgoing:
    """A pack that is made, or was made by an earlier run, and the room it takes on the disk."""

    number: int
    spool: Spool
    room: Booking


@dataclass
class Sender:
    """Sends packs in a thread of its own; what went wrong there is raised here."""

    store: Store
    progress: Progress
    backup: str
    flow: Flow
    stop: Event
    pause: Event
    error: Exception | None = None
    _waiting: "SimpleQueue[Outgoing | None]" = field(default_factory=SimpleQueue)
    _two: Semaphore = field(default_factory=lambda: Semaphore(2))

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._work, daemon=True, name=f"send-{self.backup}")
        self._thread.start()

    def wait_for_one(self) -> None:
        """Wait until there are fewer than two packs here."""
        self._two.acquire()
        self.go_on()

    def send(self, pack: Outgoing) -> None:
        """Begin to send a pack of which more is still to come; `wait_for_one` came before."""
        self._waiting.put(pack)

    def finish(self) -> None:
        """Return when everything handed over is at the server."""
        self.close()
        self.go_on()

    def close(self) -> None:
        """Send nothing more; what is on its way is waited for."""
        self._waiting.put(None)
        self._thread.join()

    def go_on(self) -> None:
        """Raise what went wrong in sending."""
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        while (pack := self._waiting.get()) is not None:
            try:
                self.go_on()
                self._send(pack)
            except Exception as error:  # noqa: BLE001 — raised where the packs are made
                self.error = error
                if pack.spool.window is not None:  # whoever makes it waits for room in it
                    pack.spool.give_up(error)
            finally:
                pack.room.end()
                self._two.release()

    def _send(self, pack: Outgoing) -> None:
        upload = Upload(self.store, self.backup, pack, self.flow, self.stop, self.pause)
        if upload.run():
            self.progress.sent(pack.number)
            pack.spool.path.unlink(missing_ok=True)


@dataclass
class Upload:
    """One pack on its way; `at` is how much of it the server has, None until it was asked."""

    store: Store
    backup: str
    pack: Outgoing
    flow: Flow
    stop: Event
    pause: Event
    at: int | None = None
    setbacks: int = 0
    backoff: Backoff = field(default_factory=Backoff)

    def run(self) -> bool:
        """Return True when the server has the pack, False when it was given up here."""
        spool = self.pack.spool
        if spool.piece(0) is None:
            return False
        while self.setbacks < SETBACKS:
            at = self._asked() if self.at is None else self.at
            if at is None:
                return True
            piece = spool.piece(at, self._most())
            if piece is None:
                break
            if self._put(piece):
                return True
        return self._whole()

    def _asked(self) -> int | None:
        """Ask how much the server has; None when it has all of it."""
        answers: list[UploadOut] = []
        digest = self.pack.spool.sealed_digest
        query = UploadQuery(mark=self.pack.spool.mark, digest=digest)
        patiently(
            lambda: answers.append(self.store.upload(self.backup, self.pack.number, query)),
            self.stop,
            self.pause,
        )
        self.at = answers[-1].offset
        return None if answers[-1].stored else self.at

    def _put(self, piece: Piece) -> bool:
        """Send a piece; True when it was the last one and the pack is in the storage."""
        query = PieceQuery(
            mark=self.pack.spool.mark,
            offset=piece.start,
            before=piece.before,
            digest=piece.digest,
            last=piece.last,
        )
        self.flow.sending.take(piece.end - piece.start, self.stop, self.pause)
        go_on(self.stop, self.pause)
        answers: list[UploadOut] = []
        try:
            if not _taken(lambda: answers.append(self._piece(piece, query))):
                return self._put_off()
        except Refused as refusal:
            if refusal.code != DAMAGED:
                raise
            self.setbacks, self.at = self.setbacks + 1, None
            return False
        return self._went_to(piece, answers[-1])

    def _piece(self, piece: Piece, query: PieceQuery) -> UploadOut:
        content, size = self.pack.spool.read(piece), piece.end - piece.start
        return self.store.put_piece(self.backup, self.pack.number, content, size, query)

    def _most(self) -> int:
        """Return how large a piece may be: with a bound, what goes by in two seconds."""
        rate = self.flow.sending.rate
        return min(PIECE, max(1, 2 * rate // UNIT) * UNIT) if rate else PIECE

    def _went_to(self, piece: Piece, answer: UploadOut) -> bool:
        self.backoff.reset()
        self.setbacks += answer.offset < piece.start
        self.at = answer.offset
        self.pack.spool.let_go(answer.offset)
        return answer.stored

    def _put_off(self) -> bool:
        """Wait for the server, and ask then how far it is: part of the piece may have come."""
        self.backoff.wait(self.stop)
        go_on(self.stop, self.pause)
        self.at = None
        return False

    def _whole(self) -> bool:
        """Send the pack in one request, once it is whole."""
        spool = self.pack.spool
        if not spool.wait_until_whole():
            return False
        number, digest = self.pack.number, spool.digest
        put = self.store.put_pack
        patiently(
            lambda: send_file(put, spool.path, self.backup, number, size=spool.size, digest=digest),
            self.stop,
            self.pause,
        )
        return True


def resend(progress: Progress, sender: Sender) -> None:
    """Hand over the packs that an earlier run made and did not get to the server."""
    known = set()
    for number, digest, size in progress.unsent():
        path = spooled(progress.folder, number)
        if (spool := Spool.found(path, digest)) is None:
            progress.drop(number)
            continue
        known.add(path)
        sender.wait_for_one()
        sender.send(Outgoing(number, spool, sender.flow.room.taken(size)))
    for stray in set(progress.folder.glob("pack-*.age")) - known:
        stray.unlink(missing_ok=True)


def spooled(folder: Path, number: int) -> Path:
    return folder / f"pack-{number:06d}.age"
