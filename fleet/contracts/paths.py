r"""A phone's file names as text: any bytes, both ways, readable where they are UTF-8.

A byte that is not UTF-8 becomes `\xNN` and a backslash becomes `\\`, so that a name with anything
in it travels in JSON and comes back as the same bytes.
"""

import hmac
import re
from typing import Final

KEY_BYTES: Final = 32
BLINDED_BYTES: Final = 16

_ESCAPE = re.compile(r"\\(?:\\|x([0-9a-f]{2}))")


def text_of(path: bytes) -> str:
    return path.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def bytes_of(text: str) -> bytes:
    """Undo `text_of`; ValueError where `text` was not written by it."""
    parts, end = [], 0
    for match in _ESCAPE.finditer(text):
        parts += [text[end : match.start()].encode(), _byte(match)]
        end = match.end()
    if "\\" in _ESCAPE.sub("", text):
        raise ValueError("a backslash that escapes nothing")
    return b"".join([*parts, text[end:].encode()])


def _byte(match: re.Match[str]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else b"\\"


def blinded(key: bytes, path: bytes) -> bytes:
    """Return what stands for `path` where names are nobody's business: 16 bytes of HMAC-SHA-256."""
    return hmac.digest(key, path, "sha256")[:BLINDED_BYTES]
