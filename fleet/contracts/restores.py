"""What is told of a restore that was done, so that the server can say how well it is known."""

import hashlib
from enum import StrEnum

from pydantic import Field

from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, Given, Handle, Moment, Shown

ROOM = 1 << 256


class Place(StrEnum):
    """Where a backup was restored to."""

    FOLDER = "folder"
    PHONE = "phone"


class RestoreIn(Given):
    """What whoever holds an identity saw; no name of a file is told.

    `contents` is of every file that is equal to the index now. Where it is what the server makes of
    its own manifest, all of the backup was opened and came back equal.
    """

    to: Place
    phone: Handle | None = None  # tag or serial number, where it went back to a phone
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    missing: int = Field(ge=0)  # asked for, and not there
    renamed: int = Field(default=0, ge=0)
    partly: bool = False  # only what fits patterns was asked for
    contents: Digest | None = None


class RestoreOut(Shown):
    """A restore as it is in the trail; `level` says what it proves of the whole backup."""

    backup: str
    device: str
    level: Level
    whole: bool
    at: Moment


class Contents:
    """A digest of many files, whatever the order they come in; no name is needed to make it."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, key: bytes, sha256: str, size: int) -> None:
        """Add the file with the blinded name `key`."""
        said = b"%s %s %d" % (key.hex().encode(), sha256.encode(), size)
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(said).digest())) % ROOM

    @property
    def digest(self) -> str:
        return f"{self._sum:064x}"
