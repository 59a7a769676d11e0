"""Tells an answer from an excuse: why a part of a visit has nothing to say."""

import re
from dataclasses import dataclass

from fleet.contracts.words import _

NOT_RECORDED = _("It was not recorded.")
EMPTY = _("The phone answered nothing.")
REFUSED = _("The phone refuses this to a computer.")
NOT_THERE = _("The phone has no such command or service.")
TIMED_OUT = _("The phone did not answer in time.")
FAILED = _("The phone's command failed.")
UNCLEAR = _("The answer was not understood.")
CUT_OFF = _("The answer was cut off.")
AWAITED = _("It takes the phone longer: it is being asked, and follows.")

# Exit codes of timeout(1): of coreutils and toybox, and of what SIGTERM and SIGKILL leave behind.
TIMEOUT_STATUS = {124, 137, 143}

EXCUSES = (
    (REFUSED, r"SecurityException|Permission [Dd]enial|[Pp]ermission denied|not permitted"),
    (NOT_THERE, r"Can't find service|not found|No such file|[Uu]nknown command|does not exist"),
    (TIMED_OUT, r"DUMP TIMEOUT|timed out|Timeout expired"),
    (FAILED, r"DeadObjectException|Failure calling service|Error:|Exception|error: closed"),
)


@dataclass(frozen=True)
class Excuse:
    reason: str
    detail: str = ""


def excuse(text: str, status: int | None = None) -> Excuse:
    """Say why `text`, which no parser understood, is not an answer."""
    if status in TIMEOUT_STATUS:
        return Excuse(TIMED_OUT)
    if not text.strip():
        return Excuse(EMPTY)
    for reason, pattern in EXCUSES:
        found = re.search(pattern, text)
        if found:
            return Excuse(reason, _line_around(text, found.start()))
    return Excuse(UNCLEAR)


def _line_around(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : end if end >= 0 else len(text)].strip()[:160]
