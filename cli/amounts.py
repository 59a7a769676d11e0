"""Bytes, rates and spans as people read and type them."""

import re
from typing import Final

import click

from fleet.contracts.stations import SLOWEST_RATE
from fleet.contracts.words import say

UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
RATE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmg]?)(i?)b?(?:/s)?", re.IGNORECASE)
MINUTE, HOUR = 60, 3600


def amount(size: float) -> str:
    """Return a number of bytes as people read it: 1.4 GiB."""
    power = 0
    while size >= 1024 and power < len(UNITS) - 1:
        size, power = size / 1024, power + 1
    return f"{size:.0f} {UNITS[power]}" if power == 0 else f"{size:.1f} {UNITS[power]}"


def span(seconds: int | None) -> str:
    """Return a time as a clock shows it, and nothing where it is not known."""
    if seconds is None:
        return ""
    minutes = f"{seconds % HOUR // MINUTE:02d}:{seconds % MINUTE:02d}"
    return f"{seconds // HOUR}:{minutes}" if seconds >= HOUR else minutes


class Rate(click.ParamType[int]):
    """Bytes per second: 20MB/s, 500k, 1.5MiB/s."""

    name = "rate"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        found = RATE.fullmatch(str(value).strip())
        if found is None:
            self.fail(say("{text} is no rate: write it like 20MB/s.", text=value), param, ctx)
        thousand = 1024 if found[3] else 1000
        rate = int(float(found[1]) * thousand ** " kmg".index(found[2].lower() or " "))
        if rate < SLOWEST_RATE:
            least = amount(SLOWEST_RATE)
            self.fail(say("{text} is less than {least}/s.", text=value, least=least), param, ctx)
        return rate
