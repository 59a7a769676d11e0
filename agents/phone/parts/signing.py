"""Whose certificate an app is signed with: its SHA-256, out of the app's own file.

What Android prints of a certificate is a number of 32 bits, which whoever re-signs an app can meet.
The file ends with a list of its contents; right before it stands the signing block (version 2 and
later), which Android checked when it installed the app. An older file has its signature among its
contents.
"""

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

MAGIC: Final = b"APK Sig Block 42"
V3, V2 = 0xF05368C0, 0x7109871A  # what newer Android goes by comes first
LARGEST_BLOCK: Final = 99_999
HEADING = re.compile(r"^apk=([\w.]+)$", re.MULTILINE)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")

# `n` is the size of the list of contents, `s` that of the signing block before it. All is counted
# from the end: a phone seeks there, however big the file is.
ASK: Final = (
    "f=$(t pm path $a|sed -n '1s/package://p');"
    '[ -r "$f" ]||continue;'
    "echo apk=$a;"
    'n=$(echo $(tail -c 10 "$f"|od -An -tu4 -N4));'
    '[ "$n" -lt 9999999 ]||n=0;'
    's=$(echo $(tail -c $((n+46)) "$f"|od -An -tu4 -N4));'
    'if [ "$(tail -c $((n+38)) "$f"|head -c 16)" = "APK Sig Block 42" ]&&'
    f'[ "$s" -lt {LARGEST_BLOCK} ];'
    'then tail -c $((n+s+30)) "$f"|head -c $((s+8))|base64;'
    "else e=$(unzip -l \"$f\"|sed -n 's/.* \\(META-INF.*\\.[RDE]S*[AC]\\)$/\\1/p'|sed -n 1p);"
    '[ "$e" ]&&unzip -p "$f" "$e"|base64;fi'
)


def parse(text: str) -> Mapping[str, str] | None:
    """Give the digests by package; a file whose certificate was not understood is left out."""
    pieces = HEADING.split(text)
    files = zip(pieces[1::2], pieces[2::2], strict=False)
    found = {package: _digest(said) for package, said in files}
    return {package: digest for package, digest in found.items() if digest} or None


def _digest(said: str) -> str | None:
    try:
        raw = b64decode(NOT_BASE64.sub("", said))
    except ValueError:
        return None
    certificate = _of_block(raw) if raw.endswith(MAGIC) else _of_file(raw)
    return hashlib.sha256(certificate).hexdigest() if certificate else None


def _of_block(block: bytes) -> bytes | None:
    """Walk down to the first certificate of the first signer."""
    schemes = dict(_pairs(block[8:-24]))
    scheme = schemes.get(V3) or schemes.get(V2) or b""
    signer = _first(_first(scheme))
    _digests, certificates, *_rest = (*_sequence(_first(signer)), b"", b"")
    return _first(certificates) or None


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


def _of_file(signature: bytes) -> bytes | None:
    """Read a signature of version 1; of several certificates none is surely the signer's."""
    try:
        certificates = load_der_pkcs7_certificates(signature)
        if len(certificates) == 1:
            return certificates[0].public_bytes(Encoding.DER)
    except Exception:  # noqa: BLE001 — whatever a file holds, a parser never raises
        return None
    return None
