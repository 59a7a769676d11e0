"""The battery, from `dumpsys battery`."""

import re
from collections.abc import Mapping

from agents.phone.parts.text import lines_of, number, whole, yes_or_no
from fleet.contracts.facts import Battery, BatteryHealth, BatteryStatus, Plug

# android.os.BatteryManager; 8 and 9 are what some makers add.
HEALTH: dict[int, BatteryHealth] = {
    1: "unknown",
    2: "good",
    3: "overheat",
    4: "dead",
    5: "over_voltage",
    6: "failure",
    7: "cold",
    8: "warm",
    9: "cool",
}
STATUS: dict[int, BatteryStatus] = {
    1: "unknown",
    2: "charging",
    3: "discharging",
    4: "not_charging",
    5: "full",
}
PLUGS: tuple[tuple[str, Plug], ...] = (
    ("ac powered", "ac"),
    ("usb powered", "usb"),
    ("wireless powered", "wireless"),
    ("dock powered", "dock"),
)
FIELD = re.compile(r"([A-Za-z][\w ]{0,60}?)\s*[:=]\s*(.*)")
# A recording that lost its line breaks gets them back before each of these.
NAMES = re.compile(
    r"(?<!harging)[ \t]{1,8}(?=(?:(?:AC|USB|Wireless|Dock) powered|Max charging \w+"
    r"|[Cc]harge counter|status|health|present|level|scale|voltage|temperature|technology)\s*:)"
)


def parse(text: str) -> Battery | None:
    """Read the fields; temperatures come in tenths of a degree, voltages in millivolts."""
    said = _fields(text)
    known = {"level", "temperature", "status", "health", "voltage", "ac powered"} & said.keys()
    if not known:
        return None
    status, plugged = STATUS.get(whole(said.get("status")) or 0), _plug(said)
    return Battery(
        level=_level(said),
        health=HEALTH.get(whole(said.get("health")) or 0),
        status=status,
        plugged=plugged,
        charging=_charging(status, plugged),
        temperature=_celsius(said.get("temperature")),
        voltage_mv=_millivolts(said.get("voltage")),
        present=yes_or_no(said.get("present")),
        technology=said.get("technology") or None,
        cycles=_cycles(said),
        capacity_percent=_capacity(said),
        first_used_on=_first_use(said),
        simulated="UPDATES STOPPED" in text.upper(),
    )


def _fields(text: str) -> Mapping[str, str]:
    """Give the first value of each name, without the brackets Samsung puts around some."""
    if sum(1 for _ in lines_of(text)) < 4:
        text = NAMES.sub("\n", text)
    said: dict[str, str] = {}
    for line in lines_of(text):
        found = FIELD.match(line)
        if found:
            said.setdefault(found[1].lower(), found[2].strip().strip("[]").strip())
    return said


def _level(said: Mapping[str, str]) -> int | None:
    level, scale = whole(said.get("level")), whole(said.get("scale")) or 100
    if level is None or scale < 0:
        return None
    percent = round(level * 100 / scale)
    return percent if 0 <= percent <= 100 else None


def _plug(said: Mapping[str, str]) -> Plug | None:
    answers = {plug: yes_or_no(said.get(name)) for name, plug in PLUGS if name in said}
    if not answers:
        return None
    return next((plug for plug, powered in answers.items() if powered), "none")


def _charging(status: BatteryStatus | None, plugged: Plug | None) -> bool | None:
    if status in {None, "unknown"}:
        return None if plugged is None else plugged != "none"
    return status == "charging"


def _celsius(text: str | None) -> float | None:
    value = number(text)
    if value is None:
        return None
    celsius = value if text and "." in text else value / 10
    return celsius if -60 <= celsius <= 150 else None


def _millivolts(text: str | None) -> int | None:
    """Read millivolts; some makers print volts, and some microvolts."""
    value = number(text)
    if value is None or value <= 0:
        return None
    if value < 20:
        return round(value * 1000)
    return round(value / 1000) if value > 100_000 else round(value)


def _cycles(said: Mapping[str, str]) -> int | None:
    """Take a count where there is one; Samsung counts percent discharged, 100 to a cycle."""
    told = {name: whole(value) for name, value in said.items() if "cycle" in name}
    of_kernel = told.pop("kernel cycle", None)
    counted = next((count for count in told.values() if count is not None and count >= 0), None)
    if counted is None and of_kernel and of_kernel > 0:  # 0 where it is not counted at all
        counted = of_kernel
    if counted is not None:
        return counted
    usage = whole(said.get("msavedbatteryusage"))
    return usage // 100 if usage is not None and usage >= 0 else None


def _capacity(said: Mapping[str, str]) -> int | None:
    percent = whole(said.get("msavedbatteryasoc"))
    return percent if percent is not None and 0 < percent <= 100 else None


def _first_use(said: Mapping[str, str]) -> str | None:
    found = re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", said.get("battery firstusedate", ""))
    return "-".join(found.groups()) if found else None
