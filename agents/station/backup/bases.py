"""Manifests of complete backups that were made here: from them the next one can go on.

One for each phone, the newest. Names in them are blinded, as they are at the server.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from fleet.contracts.clock import now

BLOCK: Final = 1024 * 1024
KEPT_FOR: Final = timedelta(days=100)


@dataclass(frozen=True)
class Bases:
    folder: Path

    @classmethod
    def beside(cls, backups: Path) -> "Bases":
        return cls(backups.with_name("bases"))

    def keep(self, serial: str, digest: str, manifest: Path) -> None:
        """Move a manifest here; the earlier one of the phone goes."""
        with suppress(OSError):  # without it the next one stores everything anew, and that is all
            self.folder.mkdir(mode=0o700, exist_ok=True)
            manifest.replace(self.folder / _name(serial, digest))
            for earlier in self.folder.glob(_name(serial, "*")):
                if earlier.name != _name(serial, digest):
                    earlier.unlink(missing_ok=True)

    def has(self, serial: str, digest: str | None) -> bool:
        return digest is not None and self._path(serial, digest).is_file()

    def read(self, serial: str, digest: str) -> Iterator[bytes]:
        """Give a manifest piece by piece; nothing where it is not here."""
        with suppress(FileNotFoundError), self._path(serial, digest).open("rb") as file:
            while chunk := file.read(BLOCK):
                yield chunk

    def drop(self, serial: str, digest: str) -> None:
        self._path(serial, digest).unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Remove those of phones that were not backed up here for long."""
        oldest = (now() - KEPT_FOR).timestamp()
        for path in self.folder.glob("*.zst"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _path(self, serial: str, digest: str) -> Path:
        return self.folder / _name(serial, digest)


def _name(serial: str, digest: str) -> str:
    return f"{sha256(serial.encode()).hexdigest()[:32]}-{digest}.zst"
