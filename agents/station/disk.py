"""The station's disk: one that is full is told by that name, whoever writes to it."""

import errno
import os
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


def force(folder: Path) -> None:
    """Have every file of `folder` on the disk itself, where a loss of power leaves it."""
    with full_disk_named(folder):
        for path in (path for path in folder.iterdir() if path.is_file()):
            with path.open("r+b") as file:
                os.fsync(file.fileno())
        if hasattr(os, "O_DIRECTORY"):  # elsewhere the names go with the files
            _force_names(folder)


def _force_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
