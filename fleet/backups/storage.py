"""Where packs and manifests lie: a local folder or an S3-compatible store, named by a URL.

An object's name is the SHA-256 of its content, so storing one again changes nothing. What arrives
is spooled to disk and compared with its digest before it becomes an object; memory stays flat.
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, from_url

from fleet.backups.errors import (
    NotInStorage,
    PackDamaged,
    PackNotEncrypted,
    PackSizeWrong,
    ServerDiskFull,
    StillInStorage,
    StorageRefused,
    StorageUnavailable,
)
from fleet.contracts.backups import ManifestSeal
from fleet.settings import Settings

if TYPE_CHECKING:
    from obstore.store import RetryConfig

OBJECTS: Final = "backup.objects"  # named beside others, deleted alone
AGE: Final = b"age-encryption.org/v1\n"
CHUNK: Final = 1024 * 1024
NO_ROOM: Final = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
# Of a list or a deletion obstore says in its text alone what the store answered.
DENIED: Final = re.compile("AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken")
# A station tries again by itself, so that nobody waits here for minutes.
PATIENCE: Final["RetryConfig"] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


@dataclass(frozen=True)
class Stored:
    """An object as the store lists it."""

    name: str
    size: int
    stored_at: datetime


@dataclass(frozen=True)
class Storage:
    """`folder` is where objects lie when the store is a local folder, else None."""

    store: ObjectStore = field(repr=False)  # its own text may name access keys
    spool: Path
    folder: Path | None = None

    def put_pack(self, chunks: Iterable[bytes], *, digest: str, size: int | None = None) -> int:
        """Store a pack under its digest and return its size; it must be an age file."""
        return self._put(pack_name(digest), chunks, digest=digest, size=size, opening=AGE)

    def keep_pack(self, spooled: Path, *, digest: str, size: int) -> None:
        """Store a file as the pack with this digest, which was compared while it came."""
        with spooled.open("rb") as file:
            _check(size, digest, file.read(len(AGE)), digest=digest, size=None, opening=AGE)
        self._store(pack_name(digest), spooled, size)

    def keep_apk(self, spooled: Path, *, digest: str, size: int) -> None:
        """Store a file as the app's with this digest, which was compared while it came."""
        self._store(apk_name(digest), spooled, size)

    def put_manifest(self, chunks: Iterable[bytes], *, digest: str) -> int:
        return self._put(manifest_name(digest), chunks, digest=digest, size=None, opening=b"")

    def put_index(self, chunks: Iterable[bytes], *, digest: str, size: int | None = None) -> int:
        return self._put(index_name(digest), chunks, digest=digest, size=size, opening=AGE)

    def put_seal(self, seal: ManifestSeal) -> str:
        """Store the signatures over a manifest, and return the digest that they are found by."""
        data = seal.model_dump_json().encode()
        digest = sha256(data).hexdigest()
        self._put(seal_name(digest), [data], digest=digest, size=None, opening=b"")
        return digest

    def put_box(self, name: str, content: bytes, *, digest: str) -> int:
        """Store the encrypted bytes of a file that somebody sent (`fleet.backups.boxes`)."""
        return self._put(name, [content], digest=digest, size=None, opening=b"")

    def put_note(self, name: str, text: str) -> None:
        """Store a line of text under a name that is no digest; the later one takes its place."""
        with _translated():
            obstore.put(self.store, name, note_of(text))
        self._force_to_disk(name)

    def size_of(self, name: str) -> int | None:
        """Return how long the object is, None where there is none."""
        with _translated():
            try:
                return int(obstore.head(self.store, name)["size"])
            except FileNotFoundError:
                return None

    def read(self, name: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the object's bytes from `start` up to and without `end`, piece by piece."""
        size = self.size_of(name)
        if size is None:
            raise NotInStorage(digest=name.rpartition("/")[2])
        return self._pieces(name, start, size if end is None else min(end, size))

    @contextmanager
    def received(self, chunks: Iterable[bytes], *, digest: str, size: int) -> Iterator[Path]:
        """Give what arrives as a file that is gone after the block; refused unless it is whole."""
        with full_disk_named():
            self.spool.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.spool, prefix="incoming-") as spooled:
            length, found, first = _spooled(_at_most(chunks, size), spooled)
            _check(length, found, first, digest=digest, size=size, opening=b"")
            yield Path(spooled.name)

    def try_out(self, name: str) -> None:
        """Write an object and remove it again; refused by name where that cannot be done."""
        with _translated():
            obstore.put(self.store, name, b"workfleet")
        self.delete([name])

    def listed(self, kind: str, *, after: str = "") -> Iterator[Stored]:
        """Give the objects of a kind ("packs") in the order of their names, from after a name on.

        An outside store lists in that order by itself; of a folder one part is sorted at a time.
        """
        within = [kind] if self.folder is None else self._parts(kind, after)
        with _translated():
            for part in within:
                found = self._of(part, after)
                yield from found if self.folder is None else sorted(found, key=lambda it: it.name)

    def delete(self, names: Sequence[str]) -> None:
        """Delete objects and ask the store whether they are gone; it may be done again."""
        with _translated():
            if self.folder is None:
                obstore.delete(self.store, names)
            else:
                for name in names:
                    with suppress(FileNotFoundError):
                        obstore.delete(self.store, name)
        for name in names:
            if self.size_of(name) is not None:
                raise StillInStorage(digest=name.rpartition("/")[2])

    def digest_of(self, name: str, *, pace: "Pace | None" = None) -> tuple[str, int]:
        """Read an object and return the digest and the size of what is there."""
        digest, size = sha256(), 0
        for piece in self.read(name):
            digest.update(piece)
            size += len(piece)
            if pace is not None:
                pace.keep(len(piece))
        return digest.hexdigest(), size

    def _parts(self, kind: str, after: str) -> list[str]:
        folder = Path(self.folder or "") / kind
        if not folder.is_dir():
            return []
        parts = sorted(f"{kind}/{path.name}" for path in folder.iterdir() if path.is_dir())
        return [part for part in parts or [kind] if f"{part}/\U0010ffff" > after]

    def _of(self, part: str, after: str) -> Iterator[Stored]:
        for some in obstore.list(self.store, f"{part}/", offset=after or None):
            for one in some:
                yield Stored(one["path"], int(one["size"]), one["last_modified"])

    def _pieces(self, name: str, start: int, end: int) -> Iterator[bytes]:
        with _translated():
            for at in range(start, end, CHUNK):
                yield bytes(obstore.get_range(self.store, name, start=at, end=min(at + CHUNK, end)))

    def _put(
        self, name: str, chunks: Iterable[bytes], *, digest: str, size: int | None, opening: bytes
    ) -> int:
        with full_disk_named():
            self.spool.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.spool, prefix="incoming-") as spooled:
            length, found, first = _spooled(chunks, spooled)
            _check(length, found, first, digest=digest, size=size, opening=opening)
            self._store(name, Path(spooled.name), length)
        return length

    def _store(self, name: str, spooled: Path, length: int) -> None:
        if not self._has(name, length):
            with _translated():
                self._keep(name, spooled)
        self._force_to_disk(name)

    def _has(self, name: str, length: int) -> bool:
        """Tell whether the object is there; a loss of power may leave a file its size alone."""
        if self.size_of(name) != length:
            return False
        return self.folder is None or self.digest_of(name)[0] == name.rpartition("/")[2]

    def _keep(self, name: str, spooled: Path) -> None:
        """Make the spooled file the object; on one disk it is given its name, not copied."""
        if self.folder is None or not _linked(spooled, self.folder / name):
            obstore.put(self.store, name, spooled)

    def _force_to_disk(self, name: str) -> None:
        """A pack that the station deletes on our word must survive a loss of power here."""
        if self.folder is None:
            return
        path = self.folder / name
        for each in (path, path.parent, path.parent.parent):
            handle = os.open(each, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@dataclass
class Pace:
    """Keeps reading below so many bytes a second; 0 is no limit."""

    bytes_per_second: int
    began: float = field(default_factory=monotonic)
    read: int = 0

    def keep(self, size: int) -> None:
        self.read += size
        if self.bytes_per_second:
            ahead = self.read / self.bytes_per_second - (monotonic() - self.began)
            if ahead > 0:
                sleep(ahead)


def pack_name(digest: str) -> str:
    return f"packs/{digest[:2]}/{digest}"


def apk_name(digest: str) -> str:
    return f"apks/{digest[:2]}/{digest}"


def scan_name(digest: str) -> str:
    return f"scans/{digest[:2]}/{digest}"


def photo_name(digest: str) -> str:
    return f"photos/{digest[:2]}/{digest}"


def manifest_name(digest: str) -> str:
    return f"manifests/{digest[:2]}/{digest}"


def index_name(digest: str) -> str:
    return f"indexes/{digest[:2]}/{digest}"


def seal_name(digest: str) -> str:
    return f"seals/{digest[:2]}/{digest}"


def resealed_name(first: str) -> str:
    """Return where it is written which object has taken the place of the one stored as `first`."""
    return f"resealed/{first}"


def note_of(text: str) -> bytes:
    return f"{text}\n".encode()


def storage_of(settings: Settings) -> Storage:
    """Return the storage that the settings name."""
    return _opened(settings.storage, settings.home / "spool")


@cache
def _opened(url: str, spool: Path) -> Storage:
    if url.startswith("file:"):
        folder = Path(unquote(urlsplit(url).path))
        folder.mkdir(parents=True, exist_ok=True)
        return Storage(LocalStore(folder, mkdir=True), spool, folder)
    return Storage(from_url(url, retry_config=PATIENCE), spool)


def _spooled(chunks: Iterable[bytes], file: IO[bytes]) -> tuple[int, str, bytes]:
    digest, length, first = sha256(), 0, b""
    for chunk in chunks:
        with full_disk_named():
            file.write(chunk)
        digest.update(chunk)
        length += len(chunk)
        first = first if len(first) >= len(AGE) else first + chunk[: len(AGE)]
    with full_disk_named():
        file.flush()
    return length, digest.hexdigest(), first[: len(AGE)]


def _at_most(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Give no more than was announced: what comes after it is wrong already."""
    left = size
    for chunk in chunks:
        yield chunk
        left -= len(chunk)
        if left < 0:
            return


def _linked(spooled: Path, target: Path) -> bool:
    """Give the file its name in a local folder at once; False where that is another disk."""
    beside = target.with_name(f".{spooled.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(spooled, beside)
    except OSError:
        return False
    try:
        beside.replace(target)
    except OSError:
        beside.unlink()
        raise
    return True


def _check(
    length: int, found: str, first: bytes, *, digest: str, size: int | None, opening: bytes
) -> None:
    if size is not None and length != size:
        raise PackSizeWrong(size=size, found=length)
    if found != digest:
        raise PackDamaged(digest=digest, found=found)
    if not first.startswith(opening):
        raise PackNotEncrypted


@contextmanager
def full_disk_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise ServerDiskFull from None


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the store says into our refusal, without its text: URLs in it may carry keys."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageUnavailable(reason="NotFound") from error
    except (BaseError, OSError) as error:
        denied = DENIED.search(str(error))
        if denied or isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise StorageRefused(reason=denied[0] if denied else type(error).__name__) from error
        raise StorageUnavailable(reason=type(error).__name__) from error
