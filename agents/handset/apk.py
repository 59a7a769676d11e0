"""The file of an app, as small as can be: an empty archive with a signing block before its end."""

import struct
from pathlib import Path
from typing import Final

from agents.handset.framework.state import PhoneState
from fleet.contracts.work_apps import WORK_APPS

V2: Final = 0x7109871A
MAGIC: Final = b"APK Sig Block 42"


def certificate(signature: str) -> bytes:
    """Return what stands for the certificate that Android prints `signature` of."""
    return b"certificate " + signature.encode()


def apk(signature: str) -> bytes:
    signed = _sized(b"") + _sized(_sized(certificate(signature))) + _sized(b"")
    signer = _sized(signed) + _sized(b"") + _sized(b"")
    pair = struct.pack("<I", V2) + _sized(_sized(signer))
    body = struct.pack("<Q", len(pair)) + pair
    size = struct.pack("<Q", len(body) + 24)
    block = size + body + size + MAGIC
    return block + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, len(block), 0)


def _sized(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def write_apks(state: PhoneState, data: Path) -> None:
    """Put the files of the work apps where the phone says they are."""
    for package in state.packages.values():
        if package.name in WORK_APPS and package.path.startswith("/data/"):
            path = data / package.path.removeprefix("/data/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(apk(package.signature))
            path.chmod(0o644)
