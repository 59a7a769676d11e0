"""Space on the data partition from `df`, cards and unlocked users from `dumpsys mount`."""

import re
from dataclasses import dataclass

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
SIZE = r"(\d{1,15}(?:\.\d{1,3})?[KMGT]?)i?B?"
# A long device name pushes the numbers to the next line on old phones.
ROW = re.compile(rf"(?<!\S)\S+\s+{SIZE}\s+{SIZE}\s+{SIZE}\s+\d+%\s+(/\S*)")
OLD_ROW = re.compile(rf"^[ \t]*(/\S+)\s+{SIZE}\s+{SIZE}\s+{SIZE}\s+\d+[ \t]*$", re.MULTILINE)
PLACES = ("/data", "/data/user/0", "/storage/emulated", "/storage/emulated/0", "/sdcard")


@dataclass(frozen=True)
class Space:
    total: int
    used: int
    free: int


@dataclass(frozen=True)
class Volumes:
    """`unlocked` are the users whose storage is open; `card` whether a memory card is in."""

    card: bool
    unlocked: tuple[int, ...] | None


def space(text: str) -> Space | None:
    """Find the row of the data partition; sizes without a letter are 1K blocks, or say so."""
    found = {place: sizes for *sizes, place in ROW.findall(text)}
    found.update((place, sizes) for place, *sizes in OLD_ROW.findall(text))
    place = next((place for place in (*PLACES, "/mnt/sdcard") if place in found), None)
    if place is None:
        return None
    block = _block(text)
    total, used, free = (_bytes(size, block) for size in found[place])
    return Space(total, used, free)


def _block(text: str) -> int:
    heading = re.search(r"(?:^|\s)(\d{1,6})([KM]?)-blocks", text)
    return int(heading[1]) * UNITS[heading[2]] if heading else UNITS["K"]


def _bytes(size: str, block: int) -> int:
    letter = size[-1] if size[-1].isalpha() else ""
    number = float(size.rstrip("KMGT"))
    return round(number * (UNITS[letter] if letter else block))


def volumes(text: str) -> Volumes | None:
    if not re.search(r"VolumeInfo\{|DiskInfo\{|Local unlocked users|mObbMounts", text):
        return None
    blocks = text.split("VolumeInfo{")[1:]
    card = any(block.startswith("public") and "state=MOUNTED" in block for block in blocks)
    users = re.search(r"(?:Local|CE) unlocked users:\s*\[([\d, ]*)\]", text)
    return Volumes(card, tuple(map(int, re.findall(r"\d{1,6}", users[1]))) if users else None)
