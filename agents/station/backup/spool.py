"""The file a pack is written to, and from which it is sent while it is still being written.

Its digest is known at every boundary between two pieces: a piece is sent with the digest of
everything before it, so that the server can tell at once whether it follows what is there. Nothing
is forced to the disk here: a pack that a loss of power cut is not the one whose digest was noted,
and is made anew (`Spool.found`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Final

from agents.station.backup.errors import UploadLost
from agents.station.disk import named
from fleet.contracts.uploads import LARGEST_PIECE, MARKED_BYTES

UNIT: Final = 1024 * 1024  # a piece is so many of them
PIECE: Final = LARGEST_PIECE


@dataclass(frozen=True)
class Piece:
    """Where a piece lies in its pack, and the digests of everything up to its ends."""

    start: int
    end: int
    before: str
    digest: str
    last: bool


class Spool:
    """Takes age's pieces of 64 KiB as they come; remembers the first thing that went wrong.

    With a `window` (whole units) the file is never longer than that: what the server has makes
    room for what comes, round and round, and whoever writes faster waits.
    """

    def __init__(self, path: Path, window: int | None = None) -> None:
        self.path = path
        self.window = window
        self.size = 0
        self.error: Exception | None = None
        self.opening = b""  # the first bytes: they name the upload
        self._file = path.open("wb", buffering=0)
        self._start()

    def _start(self) -> None:
        self._sha256 = hashlib.sha256()
        self._digests = [self._sha256.hexdigest()]  # of the first 0, 1, 2, … units
        self._sealed = self._gone = False
        self._let_go = 0  # what lies before is at the server, and perhaps no longer here
        self._change = Condition()

    @classmethod
    def found(cls, path: Path, digest: str) -> "Spool | None":
        """Return the pack that an earlier run left, or None where it is not whole."""
        spool = cls.__new__(cls)
        spool.path, spool.window, spool.size = path, None, 0
        spool.error, spool.opening = None, b""
        spool._start()
        try:
            with path.open("rb") as file:
                while block := file.read(UNIT):
                    spool._note(memoryview(block))
        except FileNotFoundError:
            return None
        spool._sealed = spool.digest == digest
        return spool if spool._sealed else None

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.opening).hexdigest()

    @property
    def sealed_digest(self) -> str | None:
        """The pack's digest, None while it is being made."""
        return self.digest if self._sealed else None

    def read(self, piece: Piece) -> Iterator[bytes]:
        """Give a piece bit by bit: several phones send at once."""
        with self.path.open("rb") as file:
            for at in range(piece.start, piece.end, UNIT):
                file.seek(self._place(at))
                yield file.read(min(UNIT, piece.end - at))

    def write(self, data: bytes) -> int:
        try:
            self._write(memoryview(data))
        except OSError as error:
            self.error = self.error or named(error, self.path)
            raise
        self._note(memoryview(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written goes to the system at once."""

    def close(self) -> None:
        self._file.close()

    def seal(self) -> None:
        """Say that the pack is whole and noted: its last piece may be sent."""
        with self._change:
            self._sealed = True
            self._change.notify_all()

    def discard(self) -> None:
        self._file.close()
        self.give_up()

    def give_up(self, error: Exception | None = None) -> None:
        """Remove the pack; who waits for its next piece, or for room in it, is told."""
        with self._change:
            self.error = self.error or error
            self._gone = True
            self._change.notify_all()
        self.path.unlink(missing_ok=True)

    def let_go(self, end: int) -> None:
        """Take note that the server has everything before `end`."""
        with self._change:
            self._let_go = max(self._let_go, end)
            self._change.notify_all()

    def piece(self, start: int, most: int = PIECE) -> Piece | None:
        """Return the piece of `most` bytes that begins at `start` once it is there, or the last.

        None when there will never be one. `most` is a number of units.
        """
        units = (most if self.window is None else min(most, self.window // 2)) // UNIT
        number = start // UNIT
        self._refuse_if_gone(start)
        with self._change:
            self._change.wait_for(
                lambda: self._gone or self._sealed or len(self._digests) > number + units
            )
            if self._gone or start % UNIT or start > self.size:
                return None
            return self._piece(number, units)

    def _piece(self, number: int, units: int) -> Piece:
        start, end = number * UNIT, (number + units) * UNIT
        before = self._digests[number]
        if not self._sealed or end < self.size:
            return Piece(start, end, before, self._digests[number + units], last=False)
        return Piece(start, self.size, before, self.digest, last=True)

    def wait_until_whole(self) -> bool:
        """Wait until all of the pack is here; False when it was given up.

        Refuses one that never is: it goes on only while its pieces are taken.
        """
        with self._change:
            if self.window is not None and not self._gone:
                raise UploadLost(path=self.path.name)
            self._change.wait_for(lambda: self._gone or self._sealed)
            return not self._gone

    def _refuse_if_gone(self, start: int) -> None:
        """Refuse what the server had, and lost, and what is no longer here either."""
        if self.window is not None and start < self._let_go:
            raise UploadLost(path=self.path.name)

    def _place(self, at: int) -> int:
        return at if self.window is None else at % self.window

    def _write(self, view: memoryview) -> None:
        at = self.size
        while view:
            part = view if self.window is None else view[: self._room(at, self.window)]
            if self.window is not None:
                self._file.seek(self._place(at))
            written = self._file.write(part)
            at, view = at + written, view[written:]

    def _room(self, at: int, window: int) -> int:
        """Wait until something may be written at `at`, and return how much."""
        with self._change:
            self._change.wait_for(lambda: self._gone or at - self._let_go < window)
            if self._gone:
                raise self.error or UploadLost(path=self.path.name)
            return min(window - (at - self._let_go), window - at % window)

    def _note(self, view: memoryview) -> None:
        if len(self.opening) < MARKED_BYTES:
            self.opening += bytes(view[: MARKED_BYTES - len(self.opening)])
        while view:
            part = view[: UNIT - self.size % UNIT]
            self._sha256.update(part)
            view = view[len(part) :]
            with self._change:
                self.size += len(part)
                if self.size % UNIT == 0:
                    self._digests.append(self.digest)
                    self._change.notify_all()
