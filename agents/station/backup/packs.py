"""Packs: tar, then zstd, then age, made in one pass and in constant memory.

A pack opens with `age`, `zstd` and `tar` alone. Its digest is taken of the bytes as they are
written, so what is sent can be compared with what was meant.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyrage
import zstandard

from agents.station.backup import archive
from agents.station.backup.errors import RecipientInvalid
from agents.station.backup.pipe import Pipe, PipeBroken
from agents.station.backup.sealing import Sealing
from agents.station.backup.spool import Spool

AT_ONCE, MOST_PARTS = 1 << 19, 3 * 256  # what is joined before it is compressed
LEVEL = 1  # phones hold pictures and videos: a higher level costs time and saves nothing there


Content = bytes | memoryview
MOST_ZEROS = 16 << 30  # a damaged file system may say any size


class TooShort(Exception):
    """Next to nothing came of a file that was said to be very large."""


@dataclass(frozen=True)
class Added:
    """What went into the pack under a name; `delivered` bytes came, the rest of `size` is zeros."""

    sha256: str
    size: int
    delivered: int

    @property
    def whole(self) -> bool:
        return self.delivered == self.size


def parse_recipients(texts: Sequence[str]) -> list[Any]:
    """Return the age recipients, or refuse the first that is none."""
    return [_recipient(text) for text in texts]


def _recipient(text: str) -> Any:
    for kind in (pyrage.x25519.Recipient, pyrage.ssh.Recipient):
        with suppress(pyrage.RecipientError):
            return kind.from_str(text)
    raise RecipientInvalid(recipient=text)


class PackWriter:
    """Writes one pack to `spool`; leaving the block by an exception leaves no file behind."""

    def __init__(
        self, spool: Path, recipients: Sequence[Any], *, window: int | None = None
    ) -> None:
        self._pipe = Pipe()
        self.spool = Spool(spool, window)
        # No threads of its own: handing the data over to them costs more than packing it here.
        self._zstd = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
        self._sealing = Sealing(self._pipe, self.spool, recipients)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.abandon()

    def abandon(self) -> None:
        """Give the pack up; no file of it is left."""
        self._pipe.leave()
        self.spool.give_up()  # it may wait for room in its window, which nobody makes any more
        self._sealing.join()
        self.spool.discard()

    def add(self, name: bytes, *, size: int, mtime: float, chunks: Iterable[bytes]) -> Added:
        """Add one file of exactly `size` bytes: what comes beyond is left, what lacks is zeros.

        Where so much lacks that nobody would wait for it, the pack can only be given up: TooShort.
        """
        # What lies before and after a piece goes out with it: small files are the most.
        before = archive.header(name, size=size, mtime=mtime)
        sha256, delivered = hashlib.sha256(), 0
        for chunk in chunks:
            piece = chunk[: size - delivered]
            sha256.update(piece)
            delivered += len(piece)
            if delivered == size:
                self._write(b"".join((before, piece, archive.padding(size))))
                return Added(sha256.hexdigest(), size, delivered)
            self._write(before + piece if before else piece)
            before = b""
        if size - delivered > MOST_ZEROS:
            raise TooShort
        for nothing in archive.zeros(size - delivered):
            sha256.update(nothing)
            self._write(before + nothing)
            before = b""
        self._write(before + archive.padding(size))
        return Added(sha256.hexdigest(), size, delivered)

    def add_whole(self, files: Iterable[tuple[bytes, float, Content]]) -> list[str]:
        """Add files by name, time and content, which are small; return their digests."""
        digests: list[str] = []
        parts: list[Content] = []
        size = 0
        for name, mtime, content in files:
            digests.append(hashlib.sha256(content).hexdigest())
            parts.append(archive.header(name, size=len(content), mtime=mtime))
            size += len(content)
            if size > AT_ONCE or len(parts) > MOST_PARTS:
                self._write(b"".join(parts))
                self._write_slices(content)
                parts, size = [], 0
            else:
                parts.append(content)
            parts.append(archive.padding(len(content)))
        self._write(b"".join(parts))
        return digests

    def _write_slices(self, content: Content) -> None:
        """Write without a copy of all of it: several phones do this at once."""
        view = memoryview(content)
        for at in range(0, len(view), AT_ONCE):
            self._write(view[at : at + AT_ONCE])

    def finish(self) -> Spool:
        """Close the pack and return it; the file is complete then."""
        self._write(archive.END)
        self._hand_on(self._zstd.flush())
        self._pipe.end()
        self._sealing.join()
        if self._sealing.error is not None:
            raise self._sealing.error
        self.spool.close()
        return self.spool

    def _write(self, data: Content) -> None:
        self._hand_on(self._zstd.compress(data))

    def _hand_on(self, data: bytes) -> None:
        try:
            self._pipe.write(data)
        except PipeBroken:
            self._sealing.join()
            raise self._sealing.error or PipeBroken from None
