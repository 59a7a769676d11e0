"""Files of apps that the server keeps, kept here by their digest as long as there is room."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, RLock
from typing import Protocol

from agents.station.disk import full_disk_named
from agents.station.errors import ApkDamaged, StationDiskFull
from agents.station.stopping import go_on
from fleet.contracts.remedies import ApkOffer

GIB = 1024**3
MOST_BYTES = 2 * GIB  # of all files together; those that were used last stay
RESERVE_BYTES = GIB  # of the disk, for everything else


class ApkSource(Protocol):
    """The part of the server's client that gives the file of an app."""

    def apk(self, digest: str) -> AbstractContextManager[Iterator[bytes]]: ...


@dataclass
class Apks:
    """One file for all phones that wait for it: it is fetched once, and held while it is used."""

    folder: Path
    source: ApkSource
    most_bytes: int = MOST_BYTES
    reserve_bytes: int = RESERVE_BYTES
    _held: dict[str, int] = field(default_factory=dict)
    _fetching: RLock = field(default_factory=RLock)

    @contextmanager
    def file(self, offer: ApkOffer, stop: Event) -> Iterator[Path]:
        """Give the file, whole and as announced; fetch it where it is not here or was spoilt."""
        path = self.folder / f"{offer.digest}.apk"
        with self._fetching:
            self._held[offer.digest] = self._held.get(offer.digest, 0) + 1
        try:
            with self._fetching:
                if not _is_whole(path, offer):
                    self._fetch(path, offer, stop)
                path.touch()
            yield path
        finally:
            with self._fetching:
                self._held[offer.digest] -= 1

    def _fetch(self, path: Path, offer: ApkOffer, stop: Event) -> None:
        self._make_room(offer.size)
        part = path.with_suffix(".part")
        try:
            with full_disk_named(path), self.source.apk(offer.digest) as chunks:
                _write(part, chunks, offer.size, stop)
            if not _is_whole(part, offer):
                raise ApkDamaged(offer.digest)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Remove files that nobody holds, those first that were not used for longest."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files = sorted(self.folder.iterdir(), key=lambda one: one.stat().st_mtime)
        taken = sum(one.stat().st_size for one in files)
        for one in files:
            if self._held.get(one.stem):
                continue
            if one.suffix == ".part" or taken + size > self.most_bytes or not self._fits(size):
                taken -= one.stat().st_size
                with suppress(OSError):
                    one.unlink()
        if not self._fits(size):
            raise StationDiskFull(path=str(self.folder))

    def _fits(self, size: int) -> bool:
        return shutil.disk_usage(self.folder).free >= size + self.reserve_bytes


def _write(part: Path, chunks: Iterator[bytes], size: int, stop: Event) -> None:
    left = size
    with part.open("wb") as file:
        for chunk in chunks:
            go_on(stop)
            left -= len(chunk)
            if left < 0:
                return  # longer than announced: its digest will not be the one either
            file.write(chunk)


def _is_whole(path: Path, offer: ApkOffer) -> bool:
    """Whether every byte is the announced one: a disk is not believed more than a wire."""
    if not path.is_file() or path.stat().st_size != offer.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == offer.digest
