"""The key with which the server signs checkpoints of its trail: one file, its owner's alone."""

import os
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fleet.keys.keyring import KeyFileExposed, KeyFileUnusable


def signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in `path`; where there is none yet, make one."""
    if not path.exists():
        _make(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyFileExposed(path=str(path))
    try:
        return Ed25519PrivateKey.from_private_bytes(
            b64decode(path.read_bytes().strip(), validate=True)
        )
    except ValueError:
        raise KeyFileUnusable(path=str(path)) from None


def public_key_of(private: Ed25519PrivateKey) -> str:
    return b64encode(private.public_key().public_bytes_raw()).decode()


def _make(path: Path) -> None:
    """Make a key; of two processes that do it at once, both use the one that came first."""
    key = b64encode(Ed25519PrivateKey.generate().private_bytes_raw())
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
