"""The station's own key: secrets of jobs are sealed to it and open nowhere else (RFC 9180)."""

from base64 import b64encode, urlsafe_b64decode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from agents.station.errors import SealNotOpened

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class StationKey:
    """An X25519 private key that never shows itself."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> "StationKey":
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, raw: bytes) -> "StationKey":
        """Read the 32 bytes that `to_bytes` gave; ValueError when they are not 32."""
        return cls(X25519PrivateKey.from_private_bytes(raw))

    def to_bytes(self) -> bytes:
        return self._private.private_bytes_raw()

    @property
    def public(self) -> str:
        """The public half, 32 bytes in base64, as the server is told at enrolment."""
        return b64encode(self._private.public_key().public_bytes_raw()).decode()

    def open(self, sealed: str, *, job: str) -> str:
        """Return the secret in `sealed` (urlsafe base64), which must have been sealed for `job`."""
        try:
            box = urlsafe_b64decode(sealed)
            return SUITE.decrypt(box, self._private, info=job.encode()).decode()
        except (InvalidTag, NotBase64, ValueError):
            raise SealNotOpened(job=job) from None
