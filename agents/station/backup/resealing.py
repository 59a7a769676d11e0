"""Sealing a pack anew by who holds an identity: decrypted and encrypted in one stream.

What is in the clear is never on a disk, and never whole in memory.
"""

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from agents.station.backup.errors import IdentityDoesNotOpen, IdentityOfAnotherKey
from agents.station.backup.opening import NOT_OPENED, PackDamaged, trouble_named
from agents.station.backup.pipe import Pipe
from agents.station.backup.sealing import Sealing
from agents.station.backup.spool import Spool


@dataclass(frozen=True)
class Sealed:
    """A pack sealed anew; `plain` is the digest of what both packs hold.

    `opened_again`: the identity opens the new one, too, and the same came out of it.
    """

    path: Path
    digest: str
    size: int
    plain: str
    opened_again: bool


def seal_anew(
    old: Path, new: Path, identities: Sequence[Any], recipients: Sequence[Any], identity_file: Path
) -> Sealed:
    """Write to `new` what `old` holds, for `recipients`; on any trouble no file is left."""
    spool = Spool(new)
    try:
        plain = _through(old, spool, identities, recipients, identity_file)
        spool.close()
        again = _opened_again(new, identities, plain)
    except BaseException:
        spool.discard()
        raise
    return Sealed(new, spool.digest, spool.size, plain, opened_again=again)


def answer_to(sealed: str, identities: Sequence[Any], identity_file: Path) -> str:
    """Return the digest of what a challenge holds: that is all the server is told."""
    try:
        content = pyrage.decrypt(b64decode(sealed), identities)
    except pyrage.DecryptError:
        raise IdentityOfAnotherKey(path=str(identity_file)) from None
    return hashlib.sha256(content).hexdigest()


def _through(
    old: Path, spool: Spool, identities: Sequence[Any], recipients: Sequence[Any], file: Path
) -> str:
    """Decrypt here, encrypt in a thread; return the digest of what went from one to the other."""
    pipe = Pipe()
    passing = _Hashing(pipe)
    sealing = Sealing(pipe, spool, recipients)
    try:
        with old.open("rb") as source, trouble_named(file):
            pyrage.decrypt_io(source, passing, identities)
        pipe.end()
    except BaseException:
        pipe.leave()  # what was decrypted up to here is no pack
        sealing.join()
        if spool.error is not None:
            raise spool.error from None
        raise
    sealing.join()
    if sealing.error is not None:
        raise sealing.error
    return passing.digest


def _opened_again(new: Path, identities: Sequence[Any], plain: str) -> bool:
    """Tell whether the identity is of the new keys, too; then the same must come out."""
    hashing = _Hashing()
    try:
        with new.open("rb") as source, trouble_named(new):
            pyrage.decrypt_io(source, hashing, identities)
    except IdentityDoesNotOpen:
        return False
    if hashing.digest != plain:
        raise PackDamaged(NOT_OPENED)
    return True


class _Hashing:
    """Takes what is written to it, and hands it on where there is somebody to take it."""

    def __init__(self, pipe: Pipe | None = None) -> None:
        self._pipe = pipe
        self._sha256 = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        return self._pipe.write(data) if self._pipe else len(data)

    def flush(self) -> None:
        """Do nothing: what is written is handed on at once."""
