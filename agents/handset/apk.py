"""The file of an app: an archive with a signing block before its list of contents.

The ones that phones are handed out with are empty; one to be installed has a manifest as well.
"""

import io
import struct
import zipfile
from collections.abc import Sequence
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
    block = signing_block(certificate(signature))
    return block + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, len(block), 0)


def app_file(
    package: str,
    *,
    version_code: int,
    version_name: str = "1.0",
    signature: str = "5f3c9a1e",
    size: int = 0,
    split: str = "",
) -> bytes:
    """Return a file that a phone installs; `size` bytes of content make it heavier."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        manifest = binary_manifest(package, version_code, version_name, split)
        # Without the time of day, as builds write them: the same app is the same file.
        archive.writestr(zipfile.ZipInfo("AndroidManifest.xml"), manifest)
        archive.writestr(zipfile.ZipInfo("classes.dex"), b"dex\n039\0" + bytes(size))
    raw = packed.getvalue()
    start = int.from_bytes(raw[-6:-2], "little")
    block = signing_block(certificate(signature))
    end = raw[-22:-6] + struct.pack("<I", start + len(block)) + raw[-2:]
    return raw[:start] + block + raw[start:-22] + end


def signing_block(certificate: bytes) -> bytes:
    signed = _sized(b"") + _sized(_sized(certificate)) + _sized(b"")
    signer = _sized(signed) + _sized(b"") + _sized(b"")
    pair = struct.pack("<I", V2) + _sized(_sized(signer))
    body = struct.pack("<Q", len(pair)) + pair
    size = struct.pack("<Q", len(body) + 24)
    return size + body + size + MAGIC


# Attributes of a manifest: Android's number, how the value is written.
NUMBERS: Final = {
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "versionCodeMajor": 0x01010576,
}
TEXT, WHOLE, NOTHING = 0x03, 0x10, 0xFFFF_FFFF


def binary_manifest(package: str, version_code: int, version_name: str, split: str = "") -> bytes:
    """Return the manifest's first element in Android's binary XML."""
    values: dict[str, str | int] = {
        "versionCode": version_code & 0xFFFF_FFFF,
        "versionName": version_name,
        "versionCodeMajor": version_code >> 32,
        "package": package,
    }
    if split:
        values["split"] = split
    strings = [*values, "manifest", *(one for one in values.values() if isinstance(one, str))]
    attributes = b"".join(
        struct.pack("<IIIHBBI", NOTHING, strings.index(name), NOTHING, 8, 0, *_typed(one, strings))
        for name, one in values.items()
    )
    head = struct.pack(
        "<IIHHHHHH", NOTHING, strings.index("manifest"), 20, 20, len(values), 0, 0, 0
    )
    ids = b"".join(struct.pack("<I", NUMBERS[name]) for name in values if name in NUMBERS)
    element = _chunk(0x0102, struct.pack("<II", 1, NOTHING), head + attributes)
    body = _string_pool(strings) + _chunk(0x0180, b"", ids) + element
    return struct.pack("<HHI", 0x0003, 8, 8 + len(body)) + body


def _typed(value: str | int, strings: Sequence[str]) -> tuple[int, int]:
    return (WHOLE, value) if isinstance(value, int) else (TEXT, strings.index(value))


def _chunk(kind: int, more_head: bytes, body: bytes) -> bytes:
    head = 8 + len(more_head)
    return struct.pack("<HHI", kind, head, head + len(body)) + more_head + body


def _string_pool(strings: Sequence[str]) -> bytes:
    packed = [struct.pack("<H", len(one)) + one.encode("utf-16-le") + b"\0\0" for one in strings]
    starts = [sum(map(len, packed[:n])) for n in range(len(packed))]
    offsets = b"".join(struct.pack("<I", start) for start in starts)
    text = b"".join(packed)
    text += bytes(-len(text) % 4)
    head = struct.pack("<IIIII", len(strings), 0, 0, 28 + len(offsets), 0)
    return _chunk(0x0001, head, offsets + text)


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
