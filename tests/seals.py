"""Signatures of stations over backups, for tests that are a station themselves."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fleet.contracts import seals
from fleet.contracts.backups import ManifestSeal

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def sealed(
    backup: str, serial: str, manifest: str, index: str, signer: Ed25519PrivateKey = SIGNER
) -> ManifestSeal:
    key = seals.public_of(signer)
    said = ManifestSeal(
        backup=backup, serial=serial, manifest=manifest, index=index, station_key=key
    )
    return seals.sign(signer, said)
