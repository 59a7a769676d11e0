"""A signed word on how long the trail was and how it ended, to be kept where the server is not."""

import binascii
from base64 import b64decode, b64encode
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fleet.contracts.wire import Digest, Moment, Shown

PURPOSE: Final = b"workfleet checkpoint 1\n"


class CheckpointOut(Shown):
    """The entry `sequence` had the hash `hash` at `at`; all before it hang on it by the chain.

    `pruned`: the entries up to this one were removed after their time. `key` is the server's
    Ed25519 public key and `signature` is over all of it, both in base64.
    """

    kind: Literal["regular", "pruned"]
    sequence: int
    hash: Digest
    at: Moment
    key: str
    signature: str


def sign(
    private: Ed25519PrivateKey,
    *,
    kind: Literal["regular", "pruned"],
    sequence: int,
    hash: str,  # noqa: A002 — the word of the trail
    at: Moment,
) -> CheckpointOut:
    key = b64encode(private.public_key().public_bytes_raw()).decode()
    said = CheckpointOut(kind=kind, sequence=sequence, hash=hash, at=at, key=key, signature="")
    signature = b64encode(private.sign(_message(said))).decode()
    return said.model_copy(update={"signature": signature})


def is_signed(said: CheckpointOut, key: str) -> bool:
    """Tell whether the holder of the private key to `key` said this, and nothing of it changed."""
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))
        public.verify(b64decode(said.signature, validate=True), _message(said))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return said.key == key


def _message(said: CheckpointOut) -> bytes:
    lines = (said.kind, str(said.sequence), said.hash, said.at.isoformat(), said.key)
    return PURPOSE + "\n".join(lines).encode()
