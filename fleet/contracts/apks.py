"""What the file of an Android app says of itself: read without any tool of Android's.

Whose it is stands before the list of its contents, in the signing block (version 2 and later), or
in an older file among its contents. Android checks the signature itself when it installs the app;
what counts here is whose certificate it would find.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

MAGIC: Final = b"APK Sig Block 42"
V3, V2 = 0xF05368C0, 0x7109871A  # what newer Android goes by comes first
LARGEST_BLOCK: Final = 16 << 20
LARGEST_ENTRY: Final = 16 << 20  # of what is unpacked here
END, END_SIZE, LONGEST_COMMENT = b"PK\5\6", 22, 0xFFFF
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+")
MANIFEST: Final = "AndroidManifest.xml"
SIGNATURES: Final = (".RSA", ".DSA", ".EC")

STRINGS, NAMES, ELEMENT = 0x0001, 0x0180, 0x0102  # pieces of Android's binary XML
UTF8: Final = 0x100
TEXT, NUMBERS = 0x03, range(0x10, 0x20)  # how the value of an attribute is written
VERSION_CODE, VERSION_NAME, VERSION_MAJOR = 0x0101021B, 0x0101021C, 0x01010576
SPLIT_REQUIRED: Final = (0x01010591, 0x0101064E)

Manifest = Mapping[str | int, str | int]  # by the name of an attribute, or Android's number for it


class ApkUnclear(ValueError):
    """`reason`: no_app, no_certificate, or split_app for what is only a part of an app."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ApkFile:
    """`certificate` is the SHA-256 of the signer's certificate."""

    package: str
    version_code: int
    version_name: str | None
    certificate: str


def read_apk(path: Path) -> ApkFile:
    """Read an app's file, however large; raises ApkUnclear where it is none that installs alone."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            certificate = _certificate(file, archive)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
        raise ApkUnclear("no_app") from None
    if certificate is None:
        raise ApkUnclear("no_certificate")
    return _app(manifest, certificate)


def _app(manifest: Manifest, certificate: str) -> ApkFile:
    package, code = manifest.get("package"), manifest.get(VERSION_CODE)
    name, major = manifest.get(VERSION_NAME), manifest.get(VERSION_MAJOR, 0)
    is_named = isinstance(package, str) and NAME.fullmatch(package)
    if not is_named or not isinstance(code, int) or not isinstance(major, int):
        raise ApkUnclear("no_app")
    if manifest.get("split") or any(manifest.get(number) for number in SPLIT_REQUIRED):
        raise ApkUnclear("split_app")
    named = name if isinstance(name, str) and name else None
    return ApkFile(str(package), major << 32 | code, named, certificate)


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names:
        raise ApkUnclear("split_app" if any(one.endswith(".apk") for one in names) else "no_app")
    return manifest_of(_entry(archive, MANIFEST))


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as entry:
        content = entry.read(LARGEST_ENTRY + 1)
    if len(content) > LARGEST_ENTRY:
        raise ApkUnclear("no_app")
    return content


def _certificate(file: BinaryIO, archive: zipfile.ZipFile) -> str | None:
    block = _block(file)
    if block is not None:
        return certificate_of_block(block)
    signed = [
        name
        for name in archive.namelist()
        if name.startswith("META-INF/") and name.endswith(SIGNATURES) and name.count("/") == 1
    ]
    return certificate_of_signature(_entry(archive, signed[0])) if len(signed) == 1 else None


def _block(file: BinaryIO) -> bytes | None:
    """Return the signing block with its length before it, None where there is none."""
    start = _list_of_contents(file)
    if start < 32:
        return None
    file.seek(start - 24)
    foot = file.read(24)
    size = int.from_bytes(foot[:8], "little")
    if foot[8:] != MAGIC or not 24 <= size <= min(LARGEST_BLOCK, start - 8):
        return None
    file.seek(start - size - 8)
    return file.read(size + 8)


def _list_of_contents(file: BinaryIO) -> int:
    """Return where the list of contents begins, by the last record of the file."""
    size = file.seek(0, 2)
    tail_at = max(0, size - END_SIZE - LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    found = tail.rfind(END)
    return int.from_bytes(tail[found + 16 : found + 20], "little") if found >= 0 else 0


def certificate_of_block(block: bytes) -> str | None:
    """Give the digest of the first certificate of the first signer in a signing block."""
    schemes = dict(_pairs(block[8:-24]))
    scheme = schemes.get(V3) or schemes.get(V2) or b""
    signer = _first(_first(scheme))
    _digests, certificates, *_rest = (*_sequence(_first(signer)), b"", b"")
    certificate = _first(certificates)
    return hashlib.sha256(certificate).hexdigest() if certificate else None


def certificate_of_signature(signature: bytes) -> str | None:
    """Read a signature of version 1; of several certificates none is surely the signer's."""
    try:
        certificates = load_der_pkcs7_certificates(signature)
        if len(certificates) == 1:
            return hashlib.sha256(certificates[0].public_bytes(Encoding.DER)).hexdigest()
    except Exception:  # noqa: BLE001 — whatever a file holds, a parser never raises
        return None
    return None


def _pairs(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Give what the block holds, by number: each with its length in 8 bytes before."""
    while len(body) >= 12:
        length = int.from_bytes(body[:8], "little")
        yield int.from_bytes(body[8:12], "little"), body[12 : 8 + length]
        body = body[8 + length :]


def _sequence(body: bytes) -> Iterator[bytes]:
    """Give the pieces of a body, each with its length in 4 bytes before."""
    while len(body) >= 4:
        length = int.from_bytes(body[:4], "little")
        yield body[4 : 4 + length]
        body = body[4 + length :]


def _first(body: bytes) -> bytes:
    return next(_sequence(body), b"")


def manifest_of(xml: bytes) -> Manifest:
    """Give the attributes of a binary manifest's first element, as far as they are plain values."""
    strings: list[str] = []
    numbers: list[int] = []
    for kind, head, piece in _pieces(xml):
        if kind == STRINGS:
            strings = _strings(piece)
        elif kind == NAMES:
            numbers = [_int(piece, at) for at in range(head, len(piece) - 3, 4)]
        elif kind == ELEMENT:
            return dict(_attributes(piece, head, strings, numbers))
    return {}


def _pieces(xml: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 8
    while at + 8 <= len(xml):
        size = max(8, _int(xml, at + 4))
        yield _int(xml, at, 2), _int(xml, at + 2, 2), xml[at : at + size]
        at += size


def _strings(pool: bytes) -> list[str]:
    count, flags, start = _int(pool, 8), _int(pool, 16), _int(pool, 20)
    starts = (start + _int(pool, 28 + 4 * n) for n in range(min(count, len(pool) // 4)))
    read = _utf8 if flags & UTF8 else _utf16
    return [read(pool, at) for at in starts]


def _utf8(pool: bytes, at: int) -> str:
    at += 2 if _int(pool, at, 1) & 0x80 else 1  # how many characters; how many bytes follows
    size = _int(pool, at, 1)
    if size & 0x80:
        size, at = (size & 0x7F) << 8 | _int(pool, at + 1, 1), at + 1
    return pool[at + 1 : at + 1 + size].decode(errors="replace")


def _utf16(pool: bytes, at: int) -> str:
    size = _int(pool, at, 2)
    if size & 0x8000:
        size, at = (size & 0x7FFF) << 16 | _int(pool, at + 2, 2), at + 2
    return pool[at + 2 : at + 2 + 2 * size].decode("utf-16-le", errors="replace")


def _attributes(
    piece: bytes, head: int, strings: list[str], numbers: list[int]
) -> Iterator[tuple[str | int, str | int]]:
    start, size, count = (_int(piece, head + at, 2) for at in (8, 10, 12))
    for n in range(min(count, len(piece))):
        at = head + start + n * max(20, size)
        name, kind, value = _int(piece, at + 4), _int(piece, at + 15, 1), _int(piece, at + 16)
        key = numbers[name] if name < len(numbers) else None
        with suppress(IndexError):
            if kind == TEXT:
                yield key or strings[name], strings[value]
            elif kind in NUMBERS:
                yield key or strings[name], value


def _int(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")
