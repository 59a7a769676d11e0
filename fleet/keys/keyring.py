"""The one module that touches keys: seals a secret to its place, and opens it only there.

A secret is sealed with a data key of its own, and that key is wrapped by the key-encryption key:
`v1.<key id>.<wrapped data key>.<box>`. Both are bound to a context such as
`credential:<id>:<number>`, so that sealed text copied to another row stays shut.
"""

import binascii
import os
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fleet.contracts.words import _
from fleet.errors import Conflict, Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = "v1"


@dataclass(eq=False)
class SecretUnreadable(Unavailable):
    context: str
    code = "secret_unreadable"
    message = _("The vault cannot open {context}: it is damaged, or its key is missing.")
    advice = _("Put back the key file of the server; nothing was changed.")


@dataclass(eq=False)
class KeyFileMissing(Unavailable):
    path: str
    code = "key_file_missing"
    message = _("The key of the vault is not in {path}.")
    advice = _("Put back the key file from its safe place, or run `workfleet server init`.")


@dataclass(eq=False)
class KeyFileUnusable(Unavailable):
    path: str
    code = "key_file_unusable"
    message = _("{path} is not a key file: every line must be 32 bytes in base64.")
    advice = _("Put back the key file from its safe place.")


@dataclass(eq=False)
class KeyFileExposed(Unavailable):
    path: str
    code = "key_file_exposed"
    message = _("Other users of this machine can read {path}.")
    advice = _("Take their rights away: chmod 600 {path}")


@dataclass(eq=False)
class KeyFileExists(Conflict):
    path: str
    code = "key_file_exists"
    message = _("There is a key in {path} already; it was not touched.")
    advice = _("A new key would leave every stored secret shut.")


@dataclass(frozen=True)
class Keyring:
    """Key-encryption keys by their id; `active` wraps what is sealed from now on."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, *keys: bytes) -> Self:
        """Return a keyring of `keys`; the last one is active."""
        named = {key_id(key): key for key in keys}
        return cls(active=key_id(keys[-1]), keys=MappingProxyType(named))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file: one key a line, the last one active; refused when others can read it."""
        if not path.is_file():
            raise KeyFileMissing(path=str(path))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyFileExposed(path=str(path))
        keys = [_key(line, path) for line in path.read_text("ascii", "replace").split()]
        if not keys:
            raise KeyFileUnusable(path=str(path))
        return cls.of(*keys)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key file that only its owner can read; an existing one is never overwritten."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyFileExists(path=str(path)) from None
        _write_key(handle)
        return cls.load(path)

    @classmethod
    def add_key(cls, path: Path) -> Self:
        """Append a fresh key to the file and make it the active one; old keys still open."""
        cls.load(path)
        _write_key(os.open(path, os.O_WRONLY | os.O_APPEND))
        return cls.load(path)

    def seal(self, plain: str, *, context: str) -> str:
        data_key = AESGCM.generate_key(KEY_BYTES * 8)
        wrapped = _encrypt(self.keys[self.active], data_key, _wrapping(context))
        box = _encrypt(data_key, plain.encode(), context)
        return ".".join((FORMAT, self.active, _text(wrapped), _text(box)))

    def open(self, sealed: str, *, context: str) -> str:
        """Return the secret; anything that does not open is SecretUnreadable."""
        try:
            data_key, _key_id, box = self._unwrap(sealed, context)
            return _decrypt(data_key, _bytes(box), context).decode()
        except (InvalidTag, KeyError, ValueError):
            raise SecretUnreadable(context=context) from None

    def rewrap(self, sealed: str, *, context: str) -> str:
        """Return `sealed` with its data key wrapped by the active key; the box stays as it is."""
        try:
            data_key, used, box = self._unwrap(sealed, context)
        except (InvalidTag, KeyError, ValueError):
            raise SecretUnreadable(context=context) from None
        if used == self.active:
            return sealed
        wrapped = _encrypt(self.keys[self.active], data_key, _wrapping(context))
        return ".".join((FORMAT, self.active, _text(wrapped), box))

    def _unwrap(self, sealed: str, context: str) -> tuple[bytes, str, str]:
        named, used, wrapped, box = sealed.split(".")
        if named != FORMAT:
            raise ValueError(named)
        return _decrypt(self.keys[used], _bytes(wrapped), _wrapping(context)), used, box


def key_id(key: bytes) -> str:
    """Name a key without telling it."""
    return sha256(b"workfleet key-encryption key" + key).hexdigest()[:12]


def _key(line: str, path: Path) -> bytes:
    try:
        key = b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise KeyFileUnusable(path=str(path)) from None
    if len(key) != KEY_BYTES:
        raise KeyFileUnusable(path=str(path))
    return key


def _write_key(handle: int) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())  # a secret sealed with a key that power took away is lost


def _wrapping(context: str) -> str:
    return f"key of {context}"


def _encrypt(key: bytes, plain: bytes, context: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _decrypt(key: bytes, box: bytes, context: str) -> bytes:
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], context.encode())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text)
