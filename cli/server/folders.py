"""Folders in the making: each is held by its process, so that what a killed one left is known."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli.private import PRIVATE_FOLDER


@contextmanager
def own_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a folder for its owner's eyes, gone when the block ends unless it was moved away.

    What processes that were killed left under the same prefix is removed first: it may hold
    everything in clear.
    """
    sweep(parent, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    with held(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Make exactly this folder and hold it; gone when the block ends unless it was moved away."""
    folder.mkdir(mode=PRIVATE_FOLDER)
    with held(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, prefix: str = "", suffix: str = "") -> None:
    """Remove the folders that nobody holds any more."""
    for folder in parent.iterdir():
        named = folder.name.startswith(prefix) and folder.name.endswith(suffix)
        if named and not folder.is_symlink() and folder.is_dir() and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder as long as this process lives; the system lets go of it with the process.

    Some network file systems hold no folder: there nobody can tell who is at work, and nothing is
    swept away.
    """
    handle = None
    with suppress(OSError):
        handle = _locked(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _is_left(folder: Path) -> bool:
    """Tell whether nobody holds the folder; where that cannot be told, somebody may."""
    handle = None
    with suppress(OSError):
        handle = _locked(folder)
    if handle is None:
        return False
    os.close(handle)
    return True


def _locked(folder: Path) -> int | None:
    if os.name != "posix":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(handle)
        raise
    return handle


def settle(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can be told so."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
