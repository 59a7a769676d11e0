"""Secrets on the way to a station: HPKE (RFC 9180), bound to the job they belong to.

X25519, HKDF-SHA256, AES-256-GCM; keys are the raw 32 bytes. What is sealed for one job does not
open as part of another, and nobody but the station's own key opens it.
"""

import binascii
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_to_station(public_key: str, plain: str, *, job: str) -> str:
    """Return `plain` sealed to the station's base64 `public_key`; ValueError for a bad key."""
    key = X25519PublicKey.from_public_bytes(_decoded(public_key))
    return b64encode(_SUITE.encrypt(plain.encode(), key, info=job.encode())).decode()


def open_at_station(private_key: bytes, sealed: str, *, job: str) -> str:
    """Return what was sealed for `job`; ValueError when it is not for this key or this job."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        return _SUITE.decrypt(_decoded(sealed), key, info=job.encode()).decode()
    except InvalidTag:
        raise ValueError("sealed for another station or another job") from None


def is_public_key(text: str) -> bool:
    """Tell whether `text` is a key that a secret can be sealed to."""
    try:
        seal_to_station(text, "", job="")
    except ValueError:
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
