"""Files sealed by age, in one pass and in constant memory: source, zstd, age, disk and back.

What goes wrong at the far end of pyrage comes back as a text of its own; the first error is kept
at the end where it happened, and that one is raised.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import pyrage
import zstandard

from agents.station.backup.errors import IdentityDoesNotOpen
from cli.private import PRIVATE
from cli.server.sets.errors import NotAsStored, SetDamaged, SetNotWritten
from cli.server.sets.manifest import READ, SealedFile
from fleet.contracts.words import say

LEVEL = 6


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Target(Protocol):
    def write(self, data: bytes, /) -> Any: ...


class Measured:
    """Passes bytes on and remembers how many, their digest, and the first thing that went wrong."""

    def __init__(self, end: Any) -> None:
        self._end = end
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def read(self, size: int = -1) -> bytes:
        with self._noting():
            data: bytes = self._end.read(size)
        self._note(data)
        return data

    def write(self, data: bytes) -> int:
        with self._noting():
            self._end.write(data)
        self._note(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: whoever made the end closes it."""

    def _note(self, data: bytes) -> None:
        self._sha256.update(data)
        self.size += len(data)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.error = self.error or error
            raise


def seal(source: Source, path: Path, recipients: Sequence[str], *, packed: bool) -> SealedFile:
    """Write what `source` gives to a new file that only the recipients open; on disk after that."""
    to = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    content = Measured(source)
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    inner = compressor.stream_reader(content, read_size=READ) if packed else content  # type: ignore[arg-type]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        sealed = Measured(file)
        try:
            pyrage.encrypt_io(inner, sealed, to)
            file.flush()
            os.fsync(file.fileno())
        except (pyrage.EncryptError, OSError) as error:
            raise _first(content, sealed, error, path) from None
    return SealedFile(
        name=path.name,
        size=sealed.size,
        sha256=sealed.sha256,
        content_size=content.size,
        content_sha256=content.sha256,
    )


def _first(content: Measured, sealed: Measured, error: Exception, path: Path) -> Exception:
    if content.error is not None:
        return content.error
    first = sealed.error or error
    reason = getattr(first, "strerror", None) or str(first)
    return SetNotWritten(folder=str(path.parent.parent), reason=reason)


def unseal(
    path: Path, item: SealedFile, target: Target, identities: Sequence[Any], identity_file: Path
) -> None:
    """Write the content of a sealed file to `target`; refused unless it is what was stored."""
    content = Measured(target)
    unpacked = zstandard.ZstdDecompressor().stream_writer(content)  # type: ignore[arg-type]
    inner: Any = unpacked if ".zst" in path.suffixes else content
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, inner, identities)
    except pyrage.DecryptError as error:
        if content.error is None and "No matching keys" in str(error):
            raise IdentityDoesNotOpen(path=str(identity_file)) from None
        raise _why(content, item) from None
    except OSError as error:
        raise _why(content, item, error) from None
    if (content.size, content.sha256) != (item.content_size, item.content_sha256):
        raise NotAsStored(what=item.name)


def refuse_wrong_identity(path: Path, identities: Sequence[Any], identity_file: Path) -> None:
    """Refuse an identity that does not open `path`; the first piece is enough to tell."""
    with path.open("rb") as file, suppress(OSError):
        try:
            pyrage.decrypt_io(file, _Stop(), identities)
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise IdentityDoesNotOpen(path=str(identity_file)) from None


def _why(content: Measured, item: SealedFile, error: OSError | None = None) -> Exception:
    if content.error is not None:
        return content.error
    if error is not None and error.errno is not None:
        return error  # the disk's own trouble, not the set's
    return SetDamaged(name=item.name, reason=say("age does not open it"))


class _Stop:
    """Takes nothing: that there is something to take is all that was asked."""

    def write(self, _data: bytes) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        """Do nothing: nothing is kept."""
