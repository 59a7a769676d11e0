"""Key files: one key a line, for their owner alone, replaced whole or not at all."""

import binascii
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from fleet.keys.errors import (
    KeyFileExists,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileNotOurs,
    KeyFileUnusable,
)

KEY_BYTES: Final = 32
PRIVATE: Final = 0o600


def read_keys(path: Path) -> list[bytes]:
    """Return the keys of a file; refused where anybody else could read or exchange it."""
    if not path.is_file():
        raise KeyFileMissing(path=str(path))
    if os.name == "posix":
        _check_rights(path)
    try:
        return parsed(path.read_text("ascii").split())
    except ValueError:
        raise KeyFileUnusable(path=str(path)) from None


def parsed(words: Sequence[str]) -> list[bytes]:
    """Return the keys written in base64; ValueError unless there is one, each of 32 bytes."""
    try:
        keys = [b64decode(word, validate=True) for word in words]
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError("not keys of 32 bytes")
    return keys


def create(path: Path) -> None:
    """Make a file with one fresh key; an existing one is never overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        raise KeyFileExists(path=str(path)) from None
    _write(handle, [os.urandom(KEY_BYTES)])


def replace_keys(path: Path, keys: Iterable[bytes]) -> None:
    """Put `keys` in the place of what the file holds: a crash leaves the one or the other."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    _write(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), keys)
    part.replace(path)
    _settle(path.parent)


def encoded(keys: Iterable[bytes]) -> bytes:
    """Return what a file with these keys holds."""
    return b"".join(b64encode(key) + b"\n" for key in keys)


def _check_rights(path: Path) -> None:
    about = path.stat()
    if about.st_mode & 0o077:
        raise KeyFileExposed(path=str(path))
    if about.st_uid not in {0, os.geteuid()}:
        raise KeyFileNotOurs(path=str(path))


def _write(handle: int, keys: Iterable[bytes]) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(encoded(keys))
        file.flush()
        os.fsync(file.fileno())  # a secret sealed with a key that power took away is lost


def _settle(folder: Path) -> None:
    """Have the new name on the disk as well, where the system can be told so."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
