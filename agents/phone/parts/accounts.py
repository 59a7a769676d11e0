"""Accounts signed in to the system: kinds and counts. Names are never read."""

import re
from collections import Counter

from fleet.contracts.facts import AccountCount

# "Account {name=…, type=com.xiaomi}" in a dump, "type=com.xiaomi" where names were cut before.
# A name may hold anything, so the last type before the next account is the true one.
DUMPED = re.compile(r"Account \{name=(?:(?!Account \{name=)[^\n])*, type=([\w.\-]+)\}")
CUT = re.compile(r"^[ \t]*\{?type=([\w.\-]+)\}?[ \t]*$", re.MULTILINE)
COUNT = re.compile(r"Accounts:\s*(\d+)")


def parse(text: str) -> tuple[AccountCount, ...] | None:
    """Count by kind; `None` unless accounts, or their number 0, were printed."""
    kinds = Counter(DUMPED.findall(text) or CUT.findall(text))
    if not kinds and not COUNT.search(text):
        return None
    return tuple(AccountCount(type=kind, count=count) for kind, count in sorted(kinds.items()))
