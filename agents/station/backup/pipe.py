"""A bounded pipe between two threads, so that neither gets far ahead."""

from collections import deque
from threading import Condition

DEPTH = 1 << 20  # bytes on the way; a chunk may be longer


class PipeBroken(Exception):
    """The other end is gone."""


class Pipe:
    """Written by one thread, read by another; either may leave, and the other is told."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._chunks: deque[bytes] = deque()
        self._held = 0  # bytes
        self._front = memoryview(b"")
        self._ended = self._broken = False
        self._changed = Condition()

    def write(self, chunk: bytes) -> int:
        """Hand `chunk` on; waits while the reader is behind, raises when it is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._broken or self._held < self._depth)
            if self._broken:
                raise PipeBroken
            if chunk:
                self._chunks.append(chunk)
                self._held += len(chunk)
                self._changed.notify_all()
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: a chunk is handed on when it is written."""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end; raises when the writer gave up."""
        if not self._front:
            self._front = memoryview(self._next())
        wanted = len(self._front) if size < 0 else size
        piece, self._front = self._front[:wanted], self._front[wanted:]
        return bytes(piece)

    def _next(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._broken or self._ended or bool(self._chunks))
            if self._broken:
                raise PipeBroken
            if not self._chunks:
                return b""
            chunk = self._chunks.popleft()
            self._held -= len(chunk)
            self._changed.notify_all()
            return chunk

    def end(self) -> None:
        """Say that everything has been written."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Give up, as reader or as writer."""
        with self._changed:
            self._broken = True
            self._chunks.clear()
            self._changed.notify_all()
