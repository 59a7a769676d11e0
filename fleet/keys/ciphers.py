"""The two ciphers a secret may be sealed with, both authenticated and bound to a place.

AES-256-GCM, and SM4-GCM (RFC 8998) for companies that must use the Chinese standard. The
key-encryption key has 32 bytes for both; SM4 takes 16 of its own, derived by HKDF with its name.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher as Machine
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class Cipher(Protocol):
    """`format` is what sealed text begins with; a box is nonce, ciphertext and tag."""

    @property
    def name(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def key_bytes(self) -> int: ...

    def wrapping_key(self, key: bytes) -> bytes:
        """Return what of a key-encryption key wraps data keys."""

    def encrypt(self, key: bytes, plain: bytes, context: str) -> bytes: ...

    def decrypt(self, key: bytes, box: bytes, context: str) -> bytes:
        """Return what is in the box; InvalidTag or ValueError where it is not what was sealed."""


@dataclass(frozen=True)
class Aes:
    name: str = "aes-256-gcm"
    format: str = "v1"
    key_bytes: int = 32

    def wrapping_key(self, key: bytes) -> bytes:
        return key

    def encrypt(self, key: bytes, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plain, _bound(context))

    def decrypt(self, key: bytes, box: bytes, context: str) -> bytes:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(context))


@dataclass(frozen=True)
class Sm4:
    name: str = "sm4-gcm"
    format: str = "v2"
    key_bytes: int = 16

    def wrapping_key(self, key: bytes) -> bytes:
        named = HKDF(SHA256(), self.key_bytes, salt=None, info=b"workfleet sm4-gcm key wrapping")
        return named.derive(key)

    def encrypt(self, key: bytes, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        machine = Machine(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(_bound(context))
        body = machine.update(plain) + machine.finalize()
        return nonce + body + machine.tag

    def decrypt(self, key: bytes, box: bytes, context: str) -> bytes:
        nonce, body, tag = box[:NONCE_BYTES], box[NONCE_BYTES:-TAG_BYTES], box[-TAG_BYTES:]
        machine = Machine(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        machine.authenticate_additional_data(_bound(context))
        return machine.update(body) + machine.finalize()


AES: Final = Aes()
SM4: Final = Sm4()
CIPHERS: Final[Mapping[str, Cipher]] = MappingProxyType({AES.name: AES, SM4.name: SM4})
BY_FORMAT: Final[Mapping[str, Cipher]] = MappingProxyType({AES.format: AES, SM4.format: SM4})


def _bound(context: str) -> bytes:
    return context.encode()
