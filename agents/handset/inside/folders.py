"""Removing what a phone left behind."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, also what was closed to its own owner."""
    shutil.rmtree(folder, onerror=_open_and_retry)


def _open_and_retry(remove: Callable[[str], object], path: str, _error: object) -> None:
    with contextlib.suppress(OSError):
        Path(path).parent.chmod(0o700)
        if Path(path).is_dir() and not Path(path).is_symlink():
            Path(path).chmod(0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            remove(path)
