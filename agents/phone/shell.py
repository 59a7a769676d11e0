"""The two ways a phone's shell speaks: packets with a status, or one pipe with none."""

import re
import secrets
from collections.abc import Iterable, Iterator

from agents.phone.wire import CutOff, Wire

STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN = range(5)  # packet kinds of shell_v2
STDIN_PIECE = 64 * 1024
KEPT_STDERR = 1 << 20
MOST_ERRORS = 16 * KEPT_STDERR  # of a phone that cannot say where they end
BEFORE_MARK = 64 * 1024  # what a login may print first


class _Stderr:
    """Keeps the beginning of standard error and counts the rest: memory stays flat."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.lost = 0

    def add(self, data: bytes) -> None:
        room = KEPT_STDERR - len(self.kept)
        self.kept += data[:room]
        self.lost += max(0, len(data) - room)


class PacketStream:
    """shell_v2: each packet is a kind, a length of four bytes, low byte first, and the data.

    The exit packet proves the end: an iteration that ends without it raises CutOff.
    """

    def __init__(self, wire: Wire, stdin: bytes | Iterable[bytes] | None = None) -> None:
        self.status: int | None = None
        self._wire = wire
        self._stderr = _Stderr()
        self._packets = _stdin_packets(stdin or b"")
        self._stdin = memoryview(b"")

    @property
    def stderr(self) -> bytes:
        return bytes(self._stderr.kept)

    @property
    def lost_stderr(self) -> int:
        return self._stderr.lost

    def __iter__(self) -> Iterator[bytes]:
        while self.status is None:
            self._feed()
            kind, size = self._head()
            if kind == EXIT:
                self.status = self._exit(size)
                return
            for piece in self._wire.pieces(size):
                if kind == STDOUT:
                    with self._wire.handed_out():
                        yield piece
                elif kind == STDERR:
                    self._stderr.add(piece)

    def _feed(self) -> None:
        # Written only until the phone has something to say: a command that answers while it is
        # still being fed would otherwise block both sides.
        while self._is_fed() and not self._wire.readable():
            self._stdin = self._stdin[self._wire.write_some(self._stdin) :]

    def _is_fed(self) -> bool:
        if not self._stdin:
            self._stdin = memoryview(next(self._packets, b""))
        return bool(self._stdin)

    def _head(self) -> tuple[int, int]:
        head = self._wire.exactly(5)
        return head[0], int.from_bytes(head[1:], "little")

    def _exit(self, size: int) -> int:
        if size != 1:
            raise CutOff
        return self._wire.exactly(size)[0]


def _stdin_packets(data: bytes | Iterable[bytes]) -> Iterator[bytes]:
    for whole in (data,) if isinstance(data, bytes) else data:
        for at in range(0, len(whole), STDIN_PIECE):
            yield _packet(STDIN, whole[at : at + STDIN_PIECE])
    yield _packet(CLOSE_STDIN, b"")


def _packet(kind: int, data: bytes) -> bytes:
    return bytes((kind,)) + len(data).to_bytes(4, "little") + data


class PlainStream:
    """A phone without shell_v2: one pipe, no status, and line ends that a terminal may change.

    `wrapped` makes the phone print a mark first, which shows what became of a line end, and a
    sentinel last, which carries the status. Standard error is kept apart in a file on the phone
    and follows the sentinel; whoever sees no second sentinel has been cut off.
    """

    def __init__(self, wire: Wire, mark: str) -> None:
        self.status: int | None = None
        self.lost_stderr = 0
        self.stderr = b""
        self._wire = wire
        self._mark = mark.encode()

    def __iter__(self) -> Iterator[bytes]:
        line_end, first = self._beginning()
        chunks = _line_ends_undone(self._pieces(first), line_end)
        yield from self._until_sentinel(chunks)
        if self.status is None:
            raise CutOff

    def _beginning(self) -> tuple[bytes, bytes]:
        seen = b""
        while not (found := re.search(rb"%s(\r*\n)" % self._mark, seen)):
            if len(seen) > BEFORE_MARK:
                raise CutOff
            seen += self._wire.some(4096)
        return found[1], seen[found.end() :]

    def _pieces(self, first: bytes) -> Iterator[bytes]:
        yield first
        yield from self._wire.rest()

    def _until_sentinel(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        sentinel = re.compile(rb"\n%s (\d{1,3})\n" % self._mark)
        held = len(self._mark) + 8  # as many bytes as a sentinel has, should half of it be here
        tail = b""
        for chunk in chunks:
            tail += chunk
            if found := sentinel.search(tail):
                yield tail[: found.start()]
                return self._finish(int(found[1]), tail[found.end() :], chunks)
            if len(tail) > held:
                with self._wire.handed_out():
                    yield tail[:-held]
                tail = tail[-held:]

    def _finish(self, status: int, after: bytes, chunks: Iterator[bytes]) -> None:
        errors, found, _ = _up_to(MOST_ERRORS, after, chunks).partition(b"\n%s end\n" % self._mark)
        if found:
            self.lost_stderr = max(0, len(errors) - KEPT_STDERR)
            self.stderr, self.status = errors[:KEPT_STDERR], status


def _up_to(most: int, first: bytes, chunks: Iterator[bytes]) -> bytes:
    whole = bytearray(first)
    for chunk in chunks:
        if len(whole) > most:
            raise CutOff
        whole += chunk
    return bytes(whole)


def _line_ends_undone(chunks: Iterator[bytes], line_end: bytes) -> Iterator[bytes]:
    """Put back the line ends that a terminal had changed, across the borders of chunks."""
    held = b""
    for chunk in chunks:
        data = held + chunk
        held = b"" if line_end == b"\n" else data[len(data.rstrip(b"\r")) :]
        yield (data[: len(data) - len(held)]).replace(line_end, b"\n")
    yield held


def new_mark() -> str:
    return f"wf-{secrets.token_hex(12)}"


def wrapped(text: str, mark: str, stdin_file: str = "/dev/null", *waiting: str) -> str:
    """Return `text` as a phone without shell_v2 must be told to run it.

    The files that it needs on the phone, those in `waiting` among them, go when the shell does.
    """
    errors = f"/data/local/tmp/.{mark}"
    files = " ".join((errors, *waiting))
    return (
        f"trap 'rm -f {files}' 0\ntrap 'exit 129' 1 2 13 15\n"
        f"echo {mark}\n(\n{text}\n) <{stdin_file} 2>{errors}\n"
        f'wf_status=$?\necho\necho "{mark} $wf_status"\n'
        f"cat {errors}\necho\necho '{mark} end'\n"
    )
