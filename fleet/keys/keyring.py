"""The one module that touches keys: seals a secret to its place, and opens it only there.

A secret is sealed with a data key of its own, and that key is wrapped by the key-encryption key:
`<format>.<key id>.<wrapped data key>.<box>`. Both are bound to a context such as
`credential:<id>:<number>`, so that sealed text copied to another row stays shut. The format names
the cipher: a keyring opens every one of them, and seals with its own.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fleet.keys import files
from fleet.keys.ciphers import AES, BY_FORMAT, Cipher
from fleet.keys.errors import (
    KeyFileExists,
    KeyFileExposed,
    KeyFileMissing,
    KeyFileUnusable,
    SecretUnreadable,
)

__all__ = [
    "KeyFileExists",
    "KeyFileExposed",
    "KeyFileMissing",
    "KeyFileUnusable",
    "Keyring",
    "SecretUnreadable",
]

KEY_BYTES: Final = files.KEY_BYTES


@dataclass(frozen=True)
class Keyring:
    """Key-encryption keys by their id; `active` and `cipher` seal what is sealed from now on."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)
    cipher: Cipher = AES

    @classmethod
    def of(cls, *keys: bytes, cipher: Cipher = AES) -> Self:
        """Return a keyring of `keys`; the last one is active."""
        named = {key_id(key): key for key in keys}
        return cls(active=key_id(keys[-1]), keys=MappingProxyType(named), cipher=cipher)

    @classmethod
    def load(cls, path: Path, *, cipher: Cipher = AES) -> Self:
        """Read a key file: one key a line, the last one active; refused when others can read it."""
        return cls.of(*files.read_keys(path), cipher=cipher)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key file that only its owner can read; an existing one is never overwritten."""
        files.create(path)
        return cls.load(path)

    @classmethod
    def add_key(cls, path: Path) -> Self:
        """Add a fresh key to the file and make it the active one; old keys still open."""
        files.replace_keys(path, [*files.read_keys(path), os.urandom(KEY_BYTES)])
        return cls.load(path)

    @property
    def prefix(self) -> str:
        """Return how text begins that needs no other key and no other cipher than the active."""
        return f"{self.cipher.format}.{self.active}."

    def seal(self, plain: str, *, context: str) -> str:
        data_key = os.urandom(self.cipher.key_bytes)
        box = self.cipher.encrypt(data_key, plain.encode(), context)
        return ".".join((*self._wrapped(data_key, context), _text(box)))

    def open(self, sealed: str, *, context: str) -> str:
        """Return the secret; anything that does not open is SecretUnreadable."""
        try:
            cipher, data_key, box = self._unwrap(sealed, context)
            return cipher.decrypt(data_key, _bytes(box), context).decode()
        except (InvalidTag, KeyError, ValueError):
            raise SecretUnreadable(context=context) from None

    def rewrap(self, sealed: str, *, context: str) -> str:
        """Return `sealed` so that the active key opens it; the box stays as it is.

        Where the cipher is another one now, the secret is sealed anew.
        """
        if sealed.startswith(self.prefix):
            return sealed
        if not sealed.startswith(f"{self.cipher.format}."):
            return self.seal(self.open(sealed, context=context), context=context)
        try:
            _cipher, data_key, box = self._unwrap(sealed, context)
        except (InvalidTag, KeyError, ValueError):
            raise SecretUnreadable(context=context) from None
        return ".".join((*self._wrapped(data_key, context), box))

    def knows(self, sealed: str) -> bool:
        """Tell whether the key that wrapped `sealed` is one of these."""
        return key_of(sealed) in self.keys

    def derived(self, purpose: str) -> list[bytes]:
        """Return keys for signing something else than secrets, oldest first, the active one last.

        Everybody who has these keys has the same; a new key signs while the old ones still verify.
        """
        others = [key for name, key in self.keys.items() if name != self.active]
        return [_derived(key, purpose) for key in (*others, self.keys[self.active])]

    def _wrapped(self, data_key: bytes, context: str) -> tuple[str, str, str]:
        key = self.cipher.wrapping_key(self.keys[self.active])
        wrapped = self.cipher.encrypt(key, data_key, _wrapping(context))
        return self.cipher.format, self.active, _text(wrapped)

    def _unwrap(self, sealed: str, context: str) -> tuple[Cipher, bytes, str]:
        named, used, wrapped, box = sealed.split(".")
        cipher = BY_FORMAT[named]
        key = cipher.wrapping_key(self.keys[used])
        return cipher, cipher.decrypt(key, _bytes(wrapped), _wrapping(context)), box


def key_id(key: bytes) -> str:
    """Name a key without telling it."""
    return sha256(b"workfleet key-encryption key" + key).hexdigest()[:12]


def key_of(sealed: str) -> str:
    """Return the id of the key that wrapped `sealed`; empty where it is not sealed text."""
    parts = sealed.split(".")
    return parts[1] if len(parts) == 4 else ""


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"workfleet {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _wrapping(context: str) -> str:
    return f"key of {context}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text)
