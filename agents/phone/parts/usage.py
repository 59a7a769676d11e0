"""How much an app is used: when last, and how long in front. What was done in it is never read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from agents.phone.parts.text import lines_of

ROW = re.compile(r"package=([\w.]+) (total.*)")
SECTION = re.compile(r"In-memory (daily|weekly|monthly|yearly) stats")
USER = re.compile(r"user=\d+")
# "totalTimeUsed" and "lastTimeUsed" since Android 10, without the last word before.
TOTAL = re.compile(r'\btotalTime(?:Used)?="?((?:\d{1,6}:)?\d{1,2}:\d\d|\d{1,15})"?(?=\s|$)')
LAST = re.compile(r'\blastTime(?:Used)?="?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)')
NEVER = "1971"  # what was never used was used at the beginning of time


@dataclass(frozen=True)
class Use:
    """Seconds in front, of all users of the phone together; `last` in the phone's local time."""

    last: str | None = None
    today: int = 0
    this_week: int = 0


def parse(text: str) -> Mapping[str, Use] | None:
    """Read `dumpsys usagestats`; apps that were not used of late are not in it."""
    if "DUMP TIMEOUT" in text or not (SECTION.search(text) or ROW.search(text)):
        return None
    found: dict[str, Use] = {}
    for section, package, row in _rows(text):
        found[package] = _with(found.get(package, Use()), section, row)
    return found


def _rows(text: str) -> Iterator[tuple[str, str, str]]:
    """Give each row with its section; rows before any section tell of no day."""
    section = ""
    for line in lines_of(text):
        heading = SECTION.match(line)
        if heading or USER.match(line):
            section = heading[1] if heading else ""
        elif row := ROW.match(line):
            yield section, row[1], row[2]


def _with(use: Use, section: str, row: str) -> Use:
    last, seconds = LAST.search(row), _seconds(row)
    if last and last[1] > max(use.last or "", NEVER):
        use = replace(use, last=last[1])
    if section == "daily":
        return replace(use, today=use.today + seconds)
    return replace(use, this_week=use.this_week + seconds) if section == "weekly" else use


def _seconds(row: str) -> int:
    """Read "41:07" and "2:05:03"; a number without colons is in milliseconds."""
    told = TOTAL.search(row)
    if told is None:
        return 0
    if ":" not in told[1]:
        return int(told[1]) // 1000
    seconds = 0
    for piece in told[1].split(":"):
        seconds = seconds * 60 + int(piece)
    return seconds
