"""Lines of JSON in zstd, as manifests and indexes are written: whole, or refused."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import zstandard

from agents.station.backup.errors import ManifestDamaged

LONGEST_LINE = 1024 * 1024
MOST_AT_ONCE = 1024  # bytes of zstd: the most that can come of so few fits into memory


def lines_of(chunks: Iterable[bytes], digest: str | None) -> Iterator[bytes]:
    """Yield the lines of a file; refuses one that is cut off or not what `digest` says."""
    sha256, zstd, rest = hashlib.sha256(), zstandard.ZstdDecompressor().decompressobj(), b""
    for chunk in chunks:
        sha256.update(chunk)
        for piece in _small(chunk):
            *lines, rest = (rest + _plain(zstd, piece)).split(b"\n")
            yield from lines
            if len(rest) > LONGEST_LINE:
                raise ManifestDamaged(reason="a line without an end")
    if rest or not zstd.eof:
        raise ManifestDamaged(reason="cut off")
    if digest is not None and sha256.hexdigest() != digest:
        raise ManifestDamaged(reason="not what was stored")


def _small(chunk: bytes) -> Iterator[bytes]:
    view = memoryview(chunk)
    return (bytes(view[at : at + MOST_AT_ONCE]) for at in range(0, len(view), MOST_AT_ONCE))


def _plain(zstd: Any, chunk: bytes) -> bytes:
    try:
        return bytes(zstd.decompress(chunk))
    except zstandard.ZstdError:
        raise ManifestDamaged(reason="not zstd") from None
