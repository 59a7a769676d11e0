"""Files that people send, beside the backups: each encrypted with a key of its own.

The key is sealed in the row that names the file, so that an exchange of the vault's keys moves no
file.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag

from fleet.backups.errors import NotInStorage
from fleet.backups.storage import storage_of
from fleet.keys.ciphers import BY_FORMAT
from fleet.vault.tools import Tools

# How pictures begin: JPEG (ITU-T T.81, B.1.1.3), PNG (ISO/IEC 15948, 5.2); their media types.
PICTURES: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def kind_of(content: bytes, kinds: Mapping[bytes, str]) -> str | None:
    """Return the media type of a file by its first bytes; None where it is none of `kinds`."""
    return next((kind for start, kind in kinds.items() if content.startswith(start)), None)


@dataclass(frozen=True)
class Box:
    """Where a file lies and what opens it: `object` is the digest of its encrypted bytes."""

    object: str
    cipher: str
    sealed: str


def packed(tools: Tools, content: bytes, *, named: Callable[[str], str], context: str) -> Box:
    """Store a file under what `named` makes of its digest, and return its box.

    `context` names the row that keeps the box: in another one it does not open.
    """
    cipher = tools.keyring.cipher
    key = os.urandom(cipher.key_bytes)
    encrypted = cipher.encrypt(key, content, context)
    digest = sha256(encrypted).hexdigest()
    storage_of(tools.settings).put_box(named(digest), encrypted, digest=digest)
    return Box(digest, cipher.format, tools.keyring.seal(key.hex(), context=context))


def opened(tools: Tools, box: Box, *, named: Callable[[str], str], context: str) -> bytes | None:
    """Return a file as it was sent; None where its bytes or its key are not what was stored."""
    key = bytes.fromhex(tools.keyring.open(box.sealed, context=context))
    try:
        encrypted = b"".join(storage_of(tools.settings).read(named(box.object)))
        return BY_FORMAT[box.cipher].decrypt(key, encrypted, context)
    except (InvalidTag, ValueError, NotInStorage):
        return None
