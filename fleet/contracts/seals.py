"""Signatures over a finished backup: first the station's, then the server's."""

from base64 import b64decode, b64encode
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fleet.contracts.backups import ManifestSeal

PURPOSE: Final = b"workfleet backup 1\n"


def public_of(private: Ed25519PrivateKey) -> str:
    return b64encode(private.public_key().public_bytes_raw()).decode()


def sign(private: Ed25519PrivateKey, seal: ManifestSeal) -> ManifestSeal:
    """Sign as the station that made the backup."""
    keyed = seal.model_copy(update={"station_key": public_of(private)})
    signature = b64encode(private.sign(_of_station(keyed))).decode()
    return keyed.model_copy(update={"station_signature": signature})


def countersign(private: Ed25519PrivateKey, seal: ManifestSeal, *, station: str) -> ManifestSeal:
    """Sign, the station's signature and name included, as the server that judged the manifest."""
    keyed = seal.model_copy(update={"server_key": public_of(private), "station": station})
    signature = b64encode(private.sign(_of_server(keyed))).decode()
    return keyed.model_copy(update={"server_signature": signature})


def is_signed(seal: ManifestSeal) -> bool:
    """Tell whether the station's signature is of this and by the key that it names."""
    return _verified(seal.station_key, seal.station_signature, _of_station(seal))


def is_countersigned(seal: ManifestSeal) -> bool:
    return is_signed(seal) and _verified(seal.server_key, seal.server_signature, _of_server(seal))


def _of_station(seal: ManifestSeal) -> bytes:
    return _lines(seal.backup, seal.serial, seal.manifest, seal.index, seal.station_key)


def _of_server(seal: ManifestSeal) -> bytes:
    return _of_station(seal) + _lines(seal.station_signature, seal.station, seal.server_key)


def _lines(*said: str) -> bytes:
    # No value may end another's: each stands with its length before it.
    return PURPOSE + b"".join(b"%d %s\n" % (len(one.encode()), one.encode()) for one in said)


def _verified(key: str, signature: str, said: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))
        public.verify(b64decode(signature, validate=True), said)
    except (InvalidSignature, ValueError):  # binascii.Error is a ValueError
        return False
    return True
