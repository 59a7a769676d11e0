"""Packs on their way to the server, piece by piece, each while it is still being made.

One is made while the one before is finished being sent, never more, as long as the server takes
them. What was cut goes on where the server says that it ends. While a server is down or full packs
gather here, as many as the disk has room for.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import BinaryIO, Protocol

from agents.station.backoff import Backoff
from agents.station.backup.errors import UploadLost
from agents.station.backup.flow import Flow, Line
from agents.station.backup.progress import Progress
from agents.station.backup.room import Booking
from agents.station.backup.spool import PIECE, UNIT, Piece, Spool
from agents.station.stopping import Beside, Paused, go_on
from api.client import Refused, ServerUnreachable
from fleet.contracts.uploads import PieceQuery, UploadOut, UploadQuery

BLOCK = 1024 * 1024
# Servers that share no folder each know only of what came to them: after so many steps back a pack
# is sent as a whole, in one request, which is at one of them.
SETBACKS = 3
AT_ONCE = 2  # packs of a backup on the disk while the server takes them
# A large file on its way through its window is read anew, and kept whole, only when the server
# stays away: much of it may be there already.
AWAY_SECONDS = 60.0
DAMAGED = "piece_damaged"
PAUSED = "backup_paused"
UNKNOWN = "backup_not_found"
# Another station is at it, it has ended, or the server was put back from a copy that does not know
# it: what becomes of what is here is heard by and by.
NOT_NOW = frozenset({"backup_not_yours", "backup_ended", UNKNOWN})


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


def patiently(send: Callable[[], object], line: Line, stop: Event, pause: Event) -> None:
    """Send until the server has it; a server that is down is waited for, a refusal is raised."""
    backoff = Backoff()
    while not taken(send, line):
        line.wait(backoff.next_seconds(), stop, pause)


def taken(send: Callable[[], object], line: Line) -> bool:
    """Say whether the server took it; False where trying again may help."""
    try:
        send()
    except ServerUnreachable:
        line.tried(taken=False)
        return False
    except Refused as refusal:
        if refusal.code == PAUSED:
            raise Paused from None
        if refusal.kind != "unavailable":
            raise
        line.tried(taken=False)
        return False
    line.tried(taken=True)
    return True


def send_file(
    put: Callable[..., object], path: Path, *where: object, size: int, digest: str
) -> None:
    with path.open("rb") as file:
        put(*where, Chunks(file), size=size, digest=digest)


@dataclass(frozen=True)
class Outgoing:
    """A pack that is made, or was made by an earlier run, and the room it takes on the disk.

    `whole` is what one that goes through a window would take as a whole.
    """

    number: int
    spool: Spool
    room: Booking
    whole: int = 0

    @property
    def is_windowed(self) -> bool:
        return self.spool.window is not None


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
    _here: int = 0  # packs that were begun and are not at the server
    _windowed: int = 0  # of these, handed over and never here as a whole
    _most: int = AT_ONCE
    _ended: bool = False

    def __post_init__(self) -> None:
        self._left = Beside(self.pause)
        self._thread = Thread(target=self._work, daemon=True, name=f"send-{self.backup}")
        self._thread.start()

    def wait_for_one(self, *, gather: bool = True) -> None:
        """Wait until there are fewer than two packs here, or the server is away.

        What has gathered meanwhile is no reason to wait when it is back: for each pack that it
        takes another may be made.
        """
        line = self.flow.line
        with line.change:
            line.change.wait_for(lambda: self._here < self._most or (gather and line.is_away))
            self._here += 1
            self._most = max(self._most, self._here)
        self.go_on()

    def send(self, pack: Outgoing) -> None:
        """Begin to send a pack of which more is still to come; `wait_for_one` came before."""
        with self.flow.line.change:
            self._windowed += pack.is_windowed
        self._waiting.put(pack)

    def wait_for_windows(self) -> None:
        """Return when every pack that is not at the server is here as a whole."""
        with self.flow.line.change:
            self.flow.line.change.wait_for(lambda: not self._windowed)
        self.go_on()

    def finish(self) -> None:
        """Return when everything handed over is at the server."""
        self._waiting.put(None)
        self._thread.join()
        self.go_on()

    def finish_unless_away(self) -> bool:
        """Return True when everything is at the server, False when the rest is left here."""
        self._end_unless(lambda: self.flow.line.is_away or self._here > AT_ONCE)
        if isinstance(self.error, Paused) and not self.pause.is_set():
            return False
        self.go_on()
        return True

    def close(self) -> None:
        """Send nothing more; what is on its way is waited for, unless the server is away."""
        self._end_unless(self.flow.is_away)

    def _end_unless(self, leave: Callable[[], bool]) -> None:
        """Wait for what was handed over, or leave it here."""
        line = self.flow.line
        self._waiting.put(None)
        with line.change:
            line.change.wait_for(lambda: self._ended or leave())
            if not self._ended:
                self._left.set()
                line.change.notify_all()
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
                if pack.is_windowed:  # whoever makes it waits for room in it
                    pack.spool.give_up(error)
            finally:
                pack.room.end()
                self._one_less(pack)
        with self.flow.line.change:
            self._ended = True
            self.flow.line.change.notify_all()

    def _one_less(self, pack: Outgoing) -> None:
        with self.flow.line.change:
            self._here -= 1
            self._windowed -= pack.is_windowed
            self._most = max(AT_ONCE, min(self._most, self._here + 1))
            self.flow.line.change.notify_all()

    def _send(self, pack: Outgoing) -> None:
        upload = Upload(self.store, self.backup, pack, self.flow, self.stop, self._left)
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
        query = UploadQuery(mark=self.pack.spool.mark, digest=self.pack.spool.sealed_digest)
        while not taken(
            lambda: answers.append(self.store.upload(self.backup, self.pack.number, query)),
            self.flow.line,
        ):
            self._wait()
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
            if not taken(lambda: answers.append(self._piece(piece, query)), self.flow.line):
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
        self._wait()
        self.at = None
        return False

    def _wait(self) -> None:
        self.flow.line.wait(self.backoff.next_seconds(), self.stop, self.pause)
        stays_away = self.flow.line.away_seconds() >= AWAY_SECONDS
        if self.pack.is_windowed and stays_away and self.flow.room.has_for(self.pack.whole):
            raise UploadLost(path=self.pack.spool.path.name)  # it is read anew, and kept whole

    def _whole(self) -> bool:
        """Send the pack in one request, once it is whole."""
        spool = self.pack.spool
        if not spool.wait_until_whole():
            return False
        number, digest = self.pack.number, spool.digest
        put = self.store.put_pack
        patiently(
            lambda: send_file(put, spool.path, self.backup, number, size=spool.size, digest=digest),
            self.flow.line,
            self.stop,
            self.pause,
        )
        return True


def resend(progress: Progress, sender: Sender, *, gather: bool = True) -> bool:
    """Hand over the packs that an earlier run made and did not get to the server.

    Return False where one is no longer as it was made: what was in it is to be read again.
    """
    known, whole = set(), True
    for number, digest, _size in progress.unsent():
        path = spooled(progress.folder, number)
        if (spool := Spool.found(path, digest)) is None:
            progress.drop(number)
            whole = False
            continue
        known.add(path)
        sender.wait_for_one(gather=gather)
        sender.send(Outgoing(number, spool, Booking(sender.flow.room, 0)))
    for stray in set(progress.folder.glob("pack-*.age")) - known:
        stray.unlink(missing_ok=True)
    return whole


def spooled(folder: Path, number: int) -> Path:
    return folder / f"pack-{number:06d}.age"
