"""The file a pack is written to, and from which it is sent while it is still being written.

Its digest is known at every boundary between two pieces: a piece is sent with the digest of
everything before it, so that the server can tell at once whether it follows what is there. Nothing
is forced to the disk here: a pack that a loss of power cut is not the one whose digest was noted,
and is made anew (`Spool.found`).
"""

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Final

from agents.station.errors import StationDiskFull
from fleet.contracts.uploads import MARKED_BYTES

NO_ROOM = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
PIECE: Final = 2 * 1024 * 1024
BLOCK: Final = 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """Where a piece lies in its pack, and the digests of everything up to its ends."""

    start: int
    end: int
    before: str
    digest: str
    last: bool


class Spool:
    """Takes age's pieces of 64 KiB as they come; remembers the first thing that went wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.error: Exception | None = None
        self.opening = b""  # the first bytes: they name the upload
        self._file = path.open("wb", buffering=0)
        self._start()

    def _start(self) -> None:
        self._sha256 = hashlib.sha256()
        self._digests = [self._sha256.hexdigest()]  # of the first 0, 1, 2, … whole pieces
        self._sealed = self._gone = False
        self._change = Condition()

    @classmethod
    def found(cls, path: Path, digest: str) -> "Spool | None":
        """Return the pack that an earlier run left, or None where it is not whole."""
        spool = cls.__new__(cls)
        spool.path, spool.size, spool.error, spool.opening = path, 0, None, b""
        spool._start()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
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

    def read(self, piece: Piece) -> bytes:
        with self.path.open("rb") as file:
            file.seek(piece.start)
            return file.read(piece.end - piece.start)

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

    def give_up(self) -> None:
        """Remove the pack; who waits for its next piece is told that none comes."""
        with self._change:
            self._gone = True
            self._change.notify_all()
        self.path.unlink(missing_ok=True)

    def piece(self, start: int) -> Piece | None:
        """Return the piece that begins at `start` once it is there; None when it will never be."""
        number = start // PIECE
        with self._change:
            self._change.wait_for(
                lambda: self._gone or self._sealed or len(self._digests) > number + 1
            )
            if self._gone or start % PIECE or start > self.size:
                return None
            return self._piece(number)

    def _piece(self, number: int) -> Piece:
        start, end = number * PIECE, (number + 1) * PIECE
        before = self._digests[number]
        if not self._sealed or end < self.size:
            return Piece(start, end, before, self._digests[number + 1], last=False)
        return Piece(start, self.size, before, self.digest, last=True)

    def wait_until_sealed(self) -> bool:
        """Wait until the pack is whole; False when it was given up."""
        with self._change:
            self._change.wait_for(lambda: self._gone or self._sealed)
            return not self._gone

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[self._file.write(view) :]

    def _note(self, view: memoryview) -> None:
        if len(self.opening) < MARKED_BYTES:
            self.opening += bytes(view[: MARKED_BYTES - len(self.opening)])
        while view:
            part = view[: PIECE - self.size % PIECE]
            self._sha256.update(part)
            view = view[len(part) :]
            with self._change:
                self.size += len(part)
                if self.size % PIECE == 0:
                    self._digests.append(self.digest)
                    self._change.notify_all()


def named(error: OSError, path: Path) -> Exception:
    return StationDiskFull(path=str(path.parent)) if error.errno in NO_ROOM else error
