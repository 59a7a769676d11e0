"""File transfer as adbd speaks it: requests by four letters, sizes of 64 bits where it can."""

import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from struct import Struct

from agents.phone.errors import CommandFailed
from agents.phone.phone import Stat
from agents.phone.wire import CutOff, Wire

PIECE = 64 * 1024  # the most that one DATA packet may carry
LONGEST_PATH = 1024
LONGEST_TEXT = 64 * 1024  # of a name or a reason: a phone may say any length, and none is believed

REQUEST = Struct("<4sI")  # id, length of what follows
STAT_1 = Struct("<III")  # mode, size, mtime
STAT_2 = Struct("<IQQIIIIQqqq")  # error, dev, ino, mode, nlink, uid, gid, size, and three times
LENGTH = Struct("<I")

# The numbers are the phone's (Linux); the station's own table may differ.
REASONS = {
    1: "Operation not permitted",
    2: "No such file or directory",
    5: "I/O error",
    13: "Permission denied",
    20: "Not a directory",
    40: "Too many symbolic links encountered",
}


class SyncChannel:
    """Files of one phone over one connection, opened when first needed.

    A connection that had an error, or whose file was not read to the end, is not used again:
    some daemons go on with the answer of the request before. `rests` is entered while nothing is
    asked.
    """

    def __init__(
        self,
        serial: str,
        features: frozenset[str],
        opened: Callable[[], AbstractContextManager[Wire]],
        told: Callable[[str], AbstractContextManager[None]],
        rests: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.version = 2 if {"stat_v2", "ls_v2"} <= features else 1
        self._serial = serial
        self._opened = opened
        self._told = told
        self._rests = rests
        self._stack = ExitStack()
        self._resting = ExitStack()
        self._resting.enter_context(rests())
        self._wire: Wire | None = None

    def close(self) -> None:
        self._wire = None
        self._stack.close()

    def stat(self, path: bytes) -> Stat:
        """Return what `path` leads to; a phone with version 1 answers for a link itself."""
        return self._stat(b"STA2" if self.version == 2 else b"STAT", path)

    def lstat(self, path: bytes) -> Stat:
        return self._stat(b"LST2" if self.version == 2 else b"STAT", path)

    def list(self, path: bytes) -> Iterator[tuple[bytes, Stat]]:
        """Give names and stats; a directory that is denied cannot be told from an empty one."""
        if not stat.S_ISDIR(self.stat(path).mode):
            raise CommandFailed(self._serial, _named("list", path), REASONS[20])
        with self._exchange("list", path) as wire:
            wire.write(_request(b"LIS2" if self.version == 2 else b"LIST", path))
            yield from self._entries(wire)

    def recv(self, path: bytes) -> Iterator[bytes]:
        """Give the content in pieces; raises CommandFailed with the phone's own reason."""
        with self._exchange("recv", path) as wire:
            wire.write(_request(b"RECV", path))
            while size := self._data(wire, "recv", path):
                piece = wire.exactly(size)
                with wire.handed_out():
                    yield piece

    def send(
        self, path: bytes, chunks: Iterable[bytes], *, mode: int = 0o644, mtime: int = 0
    ) -> None:
        with self._exchange("send", path) as wire:
            wire.write(_request(b"SEND", path + b",%d" % (stat.S_IFREG | mode)))
            for piece in _pieces(chunks):
                wire.write(REQUEST.pack(b"DATA", len(piece)) + piece)
            wire.write(REQUEST.pack(b"DONE", mtime))
            self._data(wire, "send", path)

    @contextmanager
    def _exchange(self, verb: str, path: bytes) -> Iterator[Wire]:
        if len(path) > LONGEST_PATH:
            raise CommandFailed(self._serial, _named(verb, path), "the path is too long for sync")
        finished = False
        self._resting.close()
        try:
            with self._told(_named(verb, path)):
                yield self._channel()
            finished = True
        finally:
            self._resting.enter_context(self._rests())
            if not finished:
                self.close()

    def _channel(self) -> Wire:
        if self._wire is None:
            self._wire = self._stack.enter_context(self._opened())
        return self._wire

    def _stat(self, request: bytes, path: bytes) -> Stat:
        with self._exchange("stat", path) as wire:
            wire.write(_request(request, path))
            if wire.exactly(4) != request:
                raise CutOff
            error, found = _stat(wire, self.version)
        if error or not found.mode:
            reason = REASONS.get(error, f"errno {error}") if error else "missing or denied"
            raise CommandFailed(self._serial, _named("stat", path), reason)
        return found

    def _entries(self, wire: Wire) -> Iterator[tuple[bytes, Stat]]:
        while True:
            kind = wire.exactly(4)
            _, found = _stat(wire, self.version)
            name = _text(wire, LENGTH.unpack(wire.exactly(LENGTH.size))[0])
            if kind == b"DONE":
                return
            if name not in (b".", b".."):
                yield name, found

    def _data(self, wire: Wire, verb: str, path: bytes) -> int:
        """Return how many bytes of content follow; 0 at the end."""
        kind, size = REQUEST.unpack(wire.exactly(REQUEST.size))
        if kind == b"FAIL":
            reason = _text(wire, size).decode(errors="replace")
            raise CommandFailed(self._serial, _named(verb, path), reason)
        if kind not in (b"DATA", b"DONE", b"OKAY") or (kind == b"DATA" and size > PIECE):
            raise CutOff
        return int(size) if kind == b"DATA" else 0


def _text(wire: Wire, size: int) -> bytes:
    if size > LONGEST_TEXT:
        raise CutOff
    return wire.exactly(size)


def _stat(wire: Wire, version: int) -> tuple[int, Stat]:
    if version == 1:
        mode, size, mtime = STAT_1.unpack(wire.exactly(STAT_1.size))
        return 0, Stat(mode, size, mtime)
    error, _, _, mode, _, _, _, size, _, mtime, _ = STAT_2.unpack(wire.exactly(STAT_2.size))
    return error, Stat(mode, size, mtime)


def _request(kind: bytes, path: bytes) -> bytes:
    return REQUEST.pack(kind, len(path)) + path


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for at in range(0, len(chunk), PIECE):
            yield chunk[at : at + PIECE]


def _named(verb: str, path: bytes) -> str:
    return f"sync {verb} {path.decode(errors='backslashreplace')}"
