"""The station's own key: secrets of jobs are sealed to it and open nowhere else.

What it signs it signs with a second key that is derived from the first, so that one file is all
there is to keep.
"""

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agents.station.errors import SealNotOpened
from fleet.contracts.sealing import open_at_station

SIGNING = b"workfleet station: signing"


class StationKey:
    """An X25519 private key that never shows itself."""

    def __init__(self, private: bytes) -> None:
        """Take the 32 bytes that `to_bytes` gave; ValueError when they are not 32."""
        self._private = private
        public = X25519PrivateKey.from_private_bytes(private).public_key()
        self.public = b64encode(public.public_bytes_raw()).decode()

    @property
    def signer(self) -> Ed25519PrivateKey:
        derived = HKDF(SHA256(), length=32, salt=None, info=SIGNING).derive(self._private)
        return Ed25519PrivateKey.from_private_bytes(derived)

    @classmethod
    def generate(cls) -> "StationKey":
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    def to_bytes(self) -> bytes:
        return self._private

    def open(self, sealed: str, *, job: str) -> str:
        """Return the secret in `sealed`, which must have been sealed to this key for `job`."""
        try:
            return open_at_station(self._private, sealed, job=job)
        except ValueError:
            raise SealNotOpened(job=job) from None
