"""Whose certificate an app is signed with: its SHA-256, out of the app's own file.

What Android prints of a certificate is a number of 32 bits, which whoever re-signs an app can meet.
The file ends with a list of its contents; right before it stands the signing block (version 2 and
later), which Android checked when it installed the app. An older file has its signature among its
contents.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

from fleet.contracts.apks import MAGIC, certificate_of_block, certificate_of_signature

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
    read = certificate_of_block if raw.endswith(MAGIC) else certificate_of_signature
    return read(raw)
