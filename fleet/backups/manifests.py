"""Reading a manifest out of storage: JSON Lines in zstd, line by line, whatever is in it."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import zstandard
from pydantic import ValidationError

from fleet.backups.storage import Storage, manifest_name
from fleet.contracts.backups import ManifestFile, ManifestHead

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE: Final = 64 * 1024  # a path has at most 4096 bytes, written with up to 4 letters each


class ManifestUnreadable(ValueError):
    """The text says where; it is a reason for the backup not to be complete."""


def read_manifest(storage: Storage, digest: str) -> tuple[ManifestHead, Iterator[ManifestFile]]:
    """Return the head and then the files, as they are read; ManifestUnreadable at the first fault.

    NotInStorage where there is no such manifest.
    """
    lines = _lines(_Chunks(storage.read(manifest_name(digest))))
    first = next(lines, b"")
    try:
        head = ManifestHead.model_validate_json(first)
    except ValidationError:
        raise ManifestUnreadable("the head of the manifest cannot be read") from None
    return head, _files(lines)


def _files(lines: Iterator[bytes]) -> Iterator[ManifestFile]:
    for number, line in enumerate(lines, start=2):
        try:
            yield ManifestFile.model_validate_json(line)
        except ValidationError:
            raise ManifestUnreadable(f"line {number} of the manifest cannot be read") from None


def _lines(raw: "_Chunks") -> Iterator[bytes]:
    source = io.BufferedReader(raw, 256 * 1024)
    reader = zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)
    text = io.BufferedReader(reader, 256 * 1024)
    try:
        while line := text.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                raise ManifestUnreadable("a line of the manifest is cut off or too long")
            yield line
    except zstandard.ZstdError:
        raise ManifestUnreadable("the manifest is not whole") from None


class _Chunks(io.RawIOBase):
    """Pieces that come one by one, as a file that can be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = next(self._pieces, b"")
        piece, self._rest = self._rest[: len(room)], self._rest[len(room) :]
        room[: len(piece)] = piece
        return len(piece)
