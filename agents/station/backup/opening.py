"""Opening one pack: its digest first, then age, zstd and tar, each able to say what is wrong."""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyrage
import zstandard

from agents.station.backup.errors import IdentityDoesNotOpen, IdentityInvalid
from agents.station.disk import full_disk_named

READ = 1024 * 1024
LONGEST_HEADER = 1024 * 1024  # a path has at most 4096 bytes; tarfile reads it whole into memory

DIGEST = "digest"  # the bytes are not those that were stored
CUT_OFF = "cut_off"
SWELLS = "swells"  # far more comes out of it than a backup can have put into it
NOT_OPENED = "not_opened"  # age, zstd or tar found something wrong inside


class PackDamaged(Exception):
    """A pack that is not what was stored; the argument is one of the reasons above."""


def read_identities(path: Path) -> list[Any]:
    """Return the age identities in a file as age-keygen writes it, or refuse."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise IdentityInvalid(path=str(path), reason=type(error).__name__) from None
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    with suppress(pyrage.IdentityError, ValueError):
        if keys and keys[0].startswith("-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(path.read_bytes())]
        if keys:
            return [pyrage.x25519.Identity.from_str(key) for key in keys]
    raise IdentityInvalid(path=str(path), reason="no key")


def keep(chunks: Iterable[bytes], spool: Path, digest: str | None) -> None:
    """Write what is sealed to `spool`; PackDamaged unless it has that digest, where given."""
    sha256 = hashlib.sha256()
    with full_disk_named(spool), spool.open("wb") as file:
        for chunk in chunks:
            sha256.update(chunk)
            file.write(chunk)
    if digest is not None and sha256.hexdigest() != digest:
        raise PackDamaged(DIGEST)


def unlock(sealed: Path, plain: Path, identities: Sequence[Any], identity_file: Path) -> None:
    """Decrypt `sealed` into `plain`; a wrong identity is refused, damage is PackDamaged."""
    with full_disk_named(plain), sealed.open("rb") as source, plain.open("wb") as file:
        target = _Target(file)
        try:
            with trouble_named(identity_file):
                pyrage.decrypt_io(source, target, identities)
        finally:
            if target.error is not None:
                raise target.error from None


class _Target:
    """A file that remembers why it could not be written: age would say that the pack is bad."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def trouble_named(identity_file: Path) -> Iterator[None]:
    """Turn what age stumbles over into the refusal of a wrong identity, or PackDamaged."""
    try:
        yield
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise IdentityDoesNotOpen(path=str(identity_file)) from None
        raise PackDamaged(NOT_OPENED) from None
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's own trouble, not the pack's
        raise PackDamaged(NOT_OPENED) from None


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn what tar and zstd stumble over, while entries are read, into PackDamaged."""
    try:
        yield
    except (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError, OverflowError):
        raise PackDamaged(NOT_OPENED) from None
    except RecursionError:  # headers about headers about headers
        raise PackDamaged(NOT_OPENED) from None


def members(plain: Path, most: int | None = None) -> Iterator[tuple[bytes, IO[bytes] | None]]:
    """Yield the entries of a decrypted pack; None where one is not a regular file.

    PackDamaged where the stream ends before the archive does: tar itself would not complain; and
    where more than `most` bytes come out of it.
    """
    with plain.open("rb") as file:
        plain_tar = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        source: Any = _Tail(plain_tar, most)  # read() is all that tarfile needs of it
        with tarfile.open(
            fileobj=source,
            mode="r|",
            bufsize=READ,
            tarinfo=_Entry,
            encoding="utf-8",
            errors="surrogateescape",
        ) as tar:
            for member in tar:
                name = member.name.encode("utf-8", "surrogateescape")
                yield name, tar.extractfile(member) if member.isreg() else None
        source.must_end_in_zeros()


class _Entry(tarfile.TarInfo):
    """An entry with headers that fit into memory; tarfile itself believes any size."""

    # The entry point that tarfile names for subclasses; typeshed does not know it.
    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if not self.isreg() and self.size > LONGEST_HEADER:
            raise PackDamaged(SWELLS)
        found: tarfile.TarInfo = super()._proc_member(tar)  # type: ignore[misc]
        return found


class _Tail:
    """Remembers the last bytes that went by: a whole archive ends in two blocks of zeros."""

    def __init__(self, source: zstandard.ZstdDecompressionReader, most: int | None) -> None:
        self._source = source
        self._left = most
        self._last = b""

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise PackDamaged(SWELLS)
        self._last = (self._last + data)[-1024:] if len(data) < 1024 else data[-1024:]
        return data

    def must_end_in_zeros(self) -> None:
        while self.read(READ):
            pass
        if self._last != bytes(1024):
            raise PackDamaged(CUT_OFF)
