"""What an adb server says about the phones it sees."""

import re
from dataclasses import dataclass

READY = "device"
STATES = (
    "device|offline|unauthorized|authorizing|connecting|bootloader|recovery|rescue|sideload"
    "|host|unknown|detached|no permissions|no device"
)
STATE = rf"(?P<state>{STATES})(?=[\s(;]|$)"
# Where a phone is plugged in, in the forms of Linux (`usb:1-4.2`), macOS (`usb:336592896X`) and
# libusb (`2-1`, or the device file), and what else `-l` says. Native Windows tells no port.
PORT = r"(?:usb:\S+|\d+-\d+(?:\.\d+)*|/dev/\S+)"
DETAILS = rf"(?:[ \t]+(?:{PORT}|(?!https?:)\w+:\S+))*"
EXPLAINED = rf"(?P<explanation>[ \t]*[(;].*?)?(?P<details>{DETAILS})[ \t]*$"
UNEXPLAINED = r"(?P<explanation>.*)(?P<details>)$"
# A serial may hold blanks, and so may a state and its explanation: a tab tells where one ends, and
# without a tab only a known state that nothing but an explanation or details comes behind.
WITH_TAB = rf"^(?P<serial>[^\t]+)\t{STATE}"
WITH_BLANKS = rf"^(?P<serial>\S.*?)[ ]+{STATE}"
LINES = tuple(
    re.compile(begin + end) for end in (EXPLAINED, UNEXPLAINED) for begin in (WITH_TAB, WITH_BLANKS)
)
FIRST_PORT = re.compile(rf"(?<!\S){PORT}")


@dataclass(frozen=True, slots=True)
class Transport:
    """One phone as the adb server sees it; `explanation` is what it says about a bad state.

    `port` is where it is plugged in. A phone without a cable has its address for a port, and so
    has one whose port nobody tells its serial.
    """

    serial: str
    state: str
    explanation: str = ""
    port: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "port", self.port or self.serial)

    @property
    def ready(self) -> bool:
        return self.state == READY


def parse_devices(text: str) -> tuple[Transport, ...]:
    """Read `host:devices`, `track-devices` or the output of `adb devices`, with or without -l."""
    lines = (line.rstrip("\r") for line in text.split("\n"))
    found = (_match(line) for line in lines if not line.startswith(("*", "List of ")))
    return tuple(_transport(one) for one in found if one)


def _match(line: str) -> re.Match[str] | None:
    return next(filter(None, (form.match(line) for form in LINES)), None)


def _transport(line: re.Match[str]) -> Transport:
    port = FIRST_PORT.search(line["details"])
    return Transport(
        line["serial"].strip(),
        line["state"],
        (line["explanation"] or "").strip(" ;\t"),
        port[0] if port else "",
    )
