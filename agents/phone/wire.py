"""Bytes between the station and the adb server, each read and write inside one total deadline.

adbutils' own connection is not used here: it starts the first adb on PATH when none answers, its
time limits are for one read each, it asks for the version first, and it pauses on each close.
"""

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from select import select
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, create_connection, socket

BUFFER = 256 * 1024
CONNECT_SECONDS = 3.0
LENGTH = re.compile(rb"[0-9A-Fa-f]{4}")
FAIL = b"FAIL"
LENGTH_DIGITS = 4  # a service and a block are announced by four hexadecimal digits


class ServerGone(ConnectionError):
    """No adb server answers at the address."""


class CutOff(EOFError):
    """The other side closed the connection before it had said everything."""


class Refused(Exception):
    """The adb server answered FAIL; the text is its reason."""


class Deadline:
    """A point in time that a whole call must not pass.

    It is put off while the phone is not waited for: whoever takes what it gives may be held back
    for hours.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @contextmanager
    def put_off(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - began

    def left(self) -> float:
        """Return the seconds left, or raise TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"not finished within {self.seconds:g} s")
        return left


class Wire:
    """One connection; `idle` bounds a single silence within the deadline."""

    def __init__(self, sock: socket, deadline: Deadline, idle: float | None = None) -> None:
        self._sock = sock
        self._deadline = deadline
        self._idle = idle
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0

    def write(self, data: bytes | memoryview) -> None:
        self._sock.settimeout(self._wait())
        self._sock.sendall(data)

    def write_some(self, data: memoryview) -> int:
        """Send what the other side takes now; 0 when it first wants to be read."""
        readable, writable, _ = select([self._sock], [self._sock], [], self._wait())
        if not readable and not writable:
            raise TimeoutError("the other side neither reads nor writes")
        self._sock.settimeout(self._wait())
        return self._sock.send(data) if writable else 0

    def readable(self, seconds: float = 0) -> bool:
        """Wait up to `seconds` for something to read, the end included."""
        return self._start < self._end or bool(select([self._sock], [], [], seconds)[0])

    def service(self, name: bytes) -> None:
        """Ask for a service and return when the server said OKAY; raises Refused."""
        self.write(b"%04x%s" % (len(name), name))
        self.okay()

    def okay(self) -> None:
        word = self.exactly(4)
        if word == FAIL:
            raise Refused(self.block().decode(errors="replace"))
        if word != b"OKAY":
            raise Refused(f"adb said {word!r}")

    def block(self) -> bytes:
        """Read a text announced by its length; raises Refused."""
        length = self.exactly(LENGTH_DIGITS)
        if length == FAIL:  # some services say OKAY before they have tried
            raise Refused(self.block().decode(errors="replace"))
        if LENGTH.fullmatch(length) is None:
            raise Refused(f"adb said {length!r}")
        return self.exactly(int(length, 16))

    def pieces(self, count: int) -> Iterator[bytes]:
        """Read `count` bytes as they come, however many a phone says that there are."""
        while count:
            piece = self.some(min(count, BUFFER))
            count -= len(piece)
            yield piece

    def exactly(self, count: int) -> bytes:
        """Read `count` bytes; raises CutOff when the connection ends before."""
        if self._end - self._start >= count:  # the usual case: one copy out of the buffer
            return self._take(count)
        whole = bytearray()
        while len(whole) < count:
            whole += self.some(count - len(whole))
        return bytes(whole)

    def handed_out(self) -> AbstractContextManager[None]:
        """Leave out of the deadline what somebody does with a piece."""
        return self._deadline.put_off()

    def some(self, most: int) -> bytes:
        """Read at least one byte and at most `most`; raises CutOff at the end."""
        if self._start == self._end and not self._fill():
            raise CutOff
        return self._take(min(most, self._end - self._start))

    def rest(self) -> Iterator[bytes]:
        """Read until the other side closes."""
        while self._start < self._end or self._fill():
            yield self._take(self._end - self._start)

    def cut(self) -> None:
        """End the connection for whoever waits at it in another thread, with CutOff."""
        with suppress(OSError):  # it has ended already
            self._sock.shutdown(SHUT_RDWR)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._view[self._start : self._start + count])
        self._start += count
        return taken

    def _fill(self) -> int:
        self._sock.settimeout(self._wait())
        self._start, self._end = 0, self._sock.recv_into(self._view)
        return self._end

    def _wait(self) -> float:
        left = self._deadline.left()
        return left if self._idle is None else min(left, self._idle)


@contextmanager
def connected(
    host: str, port: int, deadline: Deadline, idle: float | None = None
) -> Iterator[Wire]:
    """Give a connection to the adb server at `host:port`; raises ServerGone."""
    try:
        sock = create_connection((host, port), min(CONNECT_SECONDS, deadline.left()))
    except OSError as error:
        raise ServerGone(str(error)) from None
    with sock:
        # A request is small and its answer is waited for: holding it back gains nothing.
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        yield Wire(sock, deadline, idle)
