"""The tar layer of a pack: one PAX entry per file, any bytes as a name."""

import tarfile
from collections.abc import Iterator

BLOCK = 512
END = bytes(2 * BLOCK)
ZEROS = bytes(64 * 1024)


def header(name: bytes, *, size: int, mtime: float) -> bytes:
    """Return the header blocks of a regular file; a name that is not UTF-8 is kept as it is."""
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
    # A fraction costs another kilobyte of header: kept only where there is one.
    return int(mtime) if mtime == int(mtime) else mtime
