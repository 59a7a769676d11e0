"""What an adb server says about the phones it sees."""

import re
from dataclasses import dataclass

READY = "device"
STATES = (
    "device|offline|unauthorized|authorizing|connecting|bootloader|recovery|rescue|sideload"
    "|host|unknown|detached|no permissions|no device"
)
STATE = rf"(?P<state>{STATES})(?=[\s(;]|$)[ \t]*(?P<rest>.*)$"
# A serial may hold blanks, and so may a state and its explanation: a tab tells where one ends,
# and without a tab only the known states do.
WITH_TAB = re.compile(rf"^(?P<serial>[^\t]+)\t{STATE}")
WITH_BLANKS = re.compile(rf"^(?P<serial>\S.*?)[ ]+{STATE}")
DETAIL = re.compile(r"\b(\w+):(\S+)")


@dataclass(frozen=True, slots=True)
class Transport:
    """One phone as the adb server sees it; `explanation` is what it says about a bad state."""

    serial: str
    state: str
    explanation: str = ""

    @property
    def ready(self) -> bool:
        return self.state == READY


def parse_devices(text: str) -> tuple[Transport, ...]:
    """Read `host:devices`, `track-devices` or the output of `adb devices`, with or without -l."""
    lines = (line.rstrip("\r") for line in text.split("\n"))
    found = (_match(line) for line in lines if not line.startswith(("*", "List of ")))
    return tuple(
        Transport(one["serial"].strip(), one["state"], _explanation(one["rest"]))
        for one in found
        if one
    )


def _match(line: str) -> re.Match[str] | None:
    return (WITH_TAB if "\t" in line else WITH_BLANKS).match(line)


def _explanation(rest: str) -> str:
    return "" if DETAIL.match(rest) else rest.strip(" ;")
