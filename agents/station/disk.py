"""A disk that is full, told by that name whoever writes to it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.station.errors import StationDiskFull

NO_ROOM = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def named(error: OSError, path: Path) -> Exception:
    return StationDiskFull(path=str(path.parent)) if error.errno in NO_ROOM else error


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Refuse by name what cannot be written at `path` because the disk is full."""
    try:
        yield
    except OSError as error:
        raise named(error, path) from None
