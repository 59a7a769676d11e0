"""The tar layer of a pack: one PAX entry per file, any bytes as a name."""

import tarfile
from collections.abc import Iterator
from functools import lru_cache
from zlib import adler32

BLOCK = 512
END = bytes(2 * BLOCK)
ZEROS = bytes(64 * 1024)

# The fields of a header block that are the same in all of ours, before and after the numbers. Most
# files have a short name of ASCII letters: their blocks are put together here, ten times as fast
# as by tarfile.
NAME = 100
LARGEST = 0o77777777777  # what the eleven digits of a number can say
EXTENDED = b"././@PaxHeader"
OWNED = b"0000644\0" + 2 * b"0000000\0"
REST = bytes(100) + b"ustar\x0000" + bytes(247)
SAME_IN_ALL = sum(OWNED) + 8 * ord(" ") + sum(REST)


def header(name: bytes, *, size: int, mtime: float) -> bytes:
    """Return the header blocks of a regular file; a name that is not UTF-8 is kept as it is."""
    if len(name) > NAME or not name.isascii() or size > LARGEST or not 0 <= mtime <= LARGEST:
        return _any_header(name, size, mtime)
    plain = _block(name, b"0", size, int(mtime))
    if mtime == int(mtime):  # a fraction costs another kilobyte: kept only where there is one
        return plain
    record = _record(b"mtime=%a" % mtime)
    return b"".join((_extended(len(record)), record, padding(len(record)), plain))


@lru_cache(64)
def _extended(size: int) -> bytes:
    return _block(EXTENDED, b"x", size, 0)


def _block(name: bytes, kind: bytes, size: int, mtime: int) -> bytes:
    numbers = b"%011o\0%011o\0" % (size, mtime)
    # Of so few bytes its lower half is one more than their sum.
    check = SAME_IN_ALL + (adler32(name + numbers) & 0xFFFF) - 1 + kind[0]
    return b"".join((name.ljust(NAME, b"\0"), OWNED, numbers, b"%06o\0 " % check, kind, REST))


def _record(said: bytes) -> bytes:
    """Return an extended header's record, which begins with its own length."""
    length = len(said) + 2  # the blank and the line end
    digits = len(str(length + len(str(length))))
    return b"%d %s\n" % (length + digits, said)


def _any_header(name: bytes, size: int, mtime: float) -> bytes:
    info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
    info.size, info.mtime, info.mode = size, _whole(mtime), 0o644
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def padding(size: int) -> bytes:
    """Return the zeros between the end of a file of `size` bytes and the next header."""
    return bytes(-size % BLOCK)


def zeros(count: int) -> Iterator[bytes]:
    for start in range(0, count, len(ZEROS)):
        yield ZEROS[: count - start]


def _whole(mtime: float) -> float:
    return int(mtime) if mtime == int(mtime) else mtime
