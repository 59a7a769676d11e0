"""Reading a phone's files: small ones in archives, large ones one by one, each accounted for.

An archive is read batch by batch, checked as a whole, and only then handed out; whatever it did
not deliver soundly is asked for again by itself, and what still does not come is named.
"""

import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from agents.phone.errors import CommandFailed
from agents.phone.listing import (
    Entry,
    Kind,
    Listing,
    Problem,
    Tools,
    complaints,
    listing,
    problems,
    taken,
    tools,
)
from agents.phone.phone import Phone, ShellStream, Sync, quoted
from agents.phone.sync import LONGEST_PATH
from agents.phone.tar import parse

__all__ = [
    "LARGE", "Content", "Digest", "Entry", "Kind", "Listing", "Problem", "Tools", "hashes",
    "listing", "read_large", "read_small", "taken", "tools",
]  # fmt: skip

LARGE = 8 << 20  # from this size on a file is read by itself
BATCH_BYTES, BATCH_FILES = 4 << 20, 1000
OVERHEAD = 4096  # bytes of an archive beside a file's content, long names included
SLACK = 4 << 20  # files may have grown since they were listed
JOINED = 1 << 20
SILENCE = 120.0
SLOWEST = 1_000_000  # bytes per second that a phone must manage at least
HASHED_AT_ONCE = 2000


Content = bytes | memoryview
Got = dict[bytes, Content]  # what an archive delivered, by path


Read = list[tuple[Entry, Content | Problem]]


@dataclass(frozen=True, slots=True)
class Digest:
    """What the phone itself computed; anything but sha256 is a weaker witness, and named."""

    algorithm: str
    hex: str


def read_small(phone: Phone, entries: Iterable[Entry]) -> Generator[Read, None, None]:
    """Give the files below LARGE, many at a time, with their whole content or why it is missing.

    The content is what the phone delivered when asked: a file may have changed since the listing,
    which only comparing hashes afterwards tells. What the archive left out comes one by one.
    """
    with closing(_ahead(phone, _batches(entries))) as arrived:
        for batch, got in arrived:
            yield [(entry, got[entry.path]) for entry in batch if entry.path in got]
            if len(got) < len(batch):
                yield from _left_out(phone, [one for one in batch if one.path not in got])


def _left_out(phone: Phone, entries: Sequence[Entry]) -> Iterator[Read]:
    with phone.sync(deadline=_seconds(entries)) as sync:
        for entry in entries:
            yield [(entry, _by_sync(sync, entry))]


def read_large(phone: Phone, entry: Entry) -> Iterator[bytes]:
    """Give one file's content in pieces; raises CommandFailed with the phone's reason."""
    if len(entry.path) > LONGEST_PATH:
        yield from _by_cat(phone, entry)
        return
    with (
        phone.sync(deadline=_seconds([entry]), idle=SILENCE) as sync,
        closing(_received(sync, entry)) as pieces,
    ):
        yield from pieces


def hashes(
    phone: Phone, entries: Iterable[Entry], *, known: Tools | None = None
) -> Iterator[tuple[Entry, Digest | Problem]]:
    """Give what the phone's own tool makes of each file; those without an answer come last."""
    known = known or tools(phone)
    waiting = iter(entries)
    while batch := list(islice(waiting, HASHED_AT_ONCE)):
        if known.hasher is None:
            yield from ((one, Problem(one.path, "the phone has no hash tool")) for one in batch)
        else:
            yield from _hashed(phone, batch, known.hasher)


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if entry.size >= LARGE:
            raise ValueError("a large file is read by read_large")
        if batch and (size + entry.size > BATCH_BYTES or len(batch) == BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _ahead(
    phone: Phone, batches: Iterator[list[Entry]]
) -> Generator[tuple[list[Entry], Got], None, None]:
    """Give each batch with its archive, while the phone already makes the next one."""
    with ThreadPoolExecutor(1, "archive") as reading:
        waiting: deque[tuple[list[Entry], Future[Got]]] = deque()
        for batch in batches:
            whole_names = [entry for entry in batch if b"\n" not in entry.path]
            waiting.append((batch, reading.submit(_by_tar, phone, whole_names)))
            if len(waiting) > 1:
                yield _arrived(*waiting.popleft())
        while waiting:
            yield _arrived(*waiting.popleft())


def _arrived(batch: list[Entry], got: Future[Got]) -> tuple[list[Entry], Got]:
    return batch, got.result()


def _by_tar(phone: Phone, batch: Sequence[Entry]) -> Got:
    """Return what one archive delivered beyond doubt; the archive's own complaints are doubts."""
    if not batch:
        return {}
    names = b"".join(entry.path.lstrip(b"/") + b"\n" for entry in batch)
    most = sum(entry.size for entry in batch) + len(batch) * OVERHEAD + SLACK
    text = "tar -c -f - -C / -T -"
    with phone.stream(text, deadline=_seconds(batch), idle=SILENCE, stdin=names) as stream:
        archive = _at_most(stream, most)
        doubts = None if stream.status is None else _doubted(stream)
    if doubts is None:
        return {}
    wanted = {entry.path for entry in batch} - doubts
    members = ((b"/" + name.removeprefix(b"./"), data) for name, data in parse(archive).members)
    return {path: data for path, data in members if path in wanted}


def _at_most(stream: ShellStream, most: int) -> bytearray:
    """Return the archive, or what came of it when it grows far beyond what was listed."""
    archive = bytearray()  # and not pieces that are joined: several phones do this at once
    for piece in stream:
        archive += piece
        if len(archive) > most:
            break
    return archive


def _doubted(stream: ShellStream) -> set[bytes] | None:
    """Return the paths that tar complained about; None when a complaint names no path.

    What the phone wrote for a file that it could not read may look like a file.
    """
    found = [*complaints(stream.stderr)]
    silent = bool(stream.status) and not found
    if silent or stream.lost_stderr or any(problem.path is None for problem in found):
        return None
    return {b"/" + (one.path or b"").removeprefix(b"./").lstrip(b"/") for one in found}


def _by_sync(sync: Sync, entry: Entry) -> bytes | Problem:
    content = bytearray()
    try:
        with closing(_received(sync, entry)) as pieces:
            for piece in pieces:
                content += piece
                if len(content) >= 2 * LARGE:
                    return Problem(entry.path, "it is growing while it is read")
    except CommandFailed as refusal:
        return Problem(entry.path, refusal.reason.removeprefix("open failed: "))
    return bytes(content)


def _received(sync: Sync, entry: Entry) -> Generator[bytes, None, None]:
    """Join the packets of a transfer, which are small: whoever takes them does much with each."""
    # A generator of our own: leaving it early must also end the exchange behind it.
    some, size = [], 0
    for piece in sync.recv(entry.path):
        some.append(piece)
        size += len(piece)
        if size >= JOINED:
            yield b"".join(some)
            some, size = [], 0
    if some:
        yield b"".join(some)


def _by_cat(phone: Phone, entry: Entry) -> Iterator[bytes]:
    """Read a path that is too long for file transfer through the shell."""
    text = f"cat {quoted((entry.path.decode(errors='surrogateescape'),))}"
    with phone.stream(text, deadline=_seconds([entry]), idle=SILENCE) as stream:
        yield from stream
        for problem in problems(stream):
            raise CommandFailed(phone.serial, "cat", problem.reason)


def _hashed(
    phone: Phone, batch: Sequence[Entry], hasher: str
) -> Iterator[tuple[Entry, Digest | Problem]]:
    """Match answers to paths: an answer counts only for the very path that stands in it."""
    names = b"".join(entry.path + b"\0" for entry in batch)
    slowest = max(entry.size for entry in batch) / SLOWEST
    text, silence = f"xargs -0 {hasher}", SILENCE + slowest
    missing: list[Entry] = []
    with phone.stream(text, deadline=_seconds(batch), idle=silence, stdin=names) as stream:
        lines = _Lines(stream, hasher)
        for entry in batch:
            digest = lines.of(entry)
            if digest is None:
                missing.append(entry)
            else:
                yield entry, digest
        lines.drain()
        reasons = {one.path: one.reason for one in complaints(stream.stderr)}
    for entry in missing:
        reason = reasons.get(entry.path, "the phone gave no hash for it")
        yield entry, Problem(entry.path, reason)


class _Lines:
    """`hash  path` lines in the order asked, some of them missing; a path may contain lines."""

    def __init__(self, stream: ShellStream, hasher: str) -> None:
        self._chunks = iter(stream)
        self._buffer, self._at = b"", 0
        self._algorithm = hasher.removesuffix("sum")
        self._hash = re.compile(rb"[0-9a-f]{32,64}(?=  /)")

    def of(self, entry: Entry) -> Digest | None:
        tail = b"  " + entry.path + b"\n"
        while len(self._buffer) - self._at < 64 + len(tail) and self._more():
            pass
        found = self._hash.match(self._buffer, self._at)
        if found is None or not self._buffer.startswith(tail, found.end()):
            return None
        self._at = found.end() + len(tail)
        return Digest(self._algorithm, found[0].decode())

    def drain(self) -> None:
        while self._more():
            self._buffer, self._at = b"", 0

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        self._buffer, self._at = self._buffer[self._at :] + (chunk or b""), 0
        return chunk is not None


def _seconds(batch: Sequence[Entry]) -> float:
    return 600.0 + sum(entry.size for entry in batch) / SLOWEST
