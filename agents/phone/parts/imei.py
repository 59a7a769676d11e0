"""IMEIs out of the raw parcels that `service call iphonesubinfo` prints."""

import re

from agents.phone.parts.identity import real_imeis

PARCEL = re.compile(r"Parcel\((.{0,2000}?)\)\s*(?:\n|$)", re.DOTALL)
OFFSET = re.compile(r"0x[0-9a-fA-F]{8}:")
WORD = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?![0-9a-fA-F])")
QUOTED = re.compile(r"'[^\n]*'")


def parse(text: str) -> tuple[str, ...] | None:
    """Give the numbers whose check digit is right; `None` when no parcel holds one."""
    parcels = " ".join(_decoded(parcel) for parcel in PARCEL.findall(text))
    spoken = " ".join(re.findall(r"(?:Device ID|IMEI)\s*[=:]\s*(\d{15})\b", text))
    return real_imeis(f"{parcels} {spoken}") or None


def _decoded(parcel: str) -> str:
    """Join the dumped words: each is four bytes, least first, of UTF-16 text."""
    words = WORD.findall(OFFSET.sub(" ", QUOTED.sub("", parcel)))
    raw = b"".join(bytes.fromhex(word)[::-1] for word in words)
    # The text begins after two words: an exception code of 0 and the length.
    return raw[8:].decode("utf-16-le", "replace")
