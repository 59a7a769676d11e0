"""The file a pack is written to before it is sent: digest while writing, on disk when closed."""

import errno
import hashlib
import os
from pathlib import Path

from agents.station.errors import StationDiskFull

NO_ROOM = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


class Spool:
    """Takes age's pieces of 64 KiB as they come; remembers the first thing that went wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.error: Exception | None = None
        self._file = path.open("wb", buffering=0)
        self._sha256 = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self.size += len(data)
        try:
            self._write(memoryview(data))
        except OSError as error:
            self.error = self.error or named(error, self.path)
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written goes to the system at once, and to the disk in `close`."""

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        """Put what was written on the disk: a loss of power does not cut the pack."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise named(error, self.path) from None
        finally:
            self._file.close()

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def named(error: OSError, path: Path) -> Exception:
    return StationDiskFull(path=str(path.parent)) if error.errno in NO_ROOM else error
