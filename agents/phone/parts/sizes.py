"""How much room each app takes, from `dumpsys diskstats`: lists side by side, up to a day old."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

LISTS = ("Package Names", "App Sizes", "App Data Sizes", "Cache Sizes")
LARGEST = 2**62


@dataclass(frozen=True)
class Size:
    """Bytes; `None` where the phone keeps no such list, or a number that cannot be one."""

    code: int | None
    data: int | None
    cache: int | None


def parse(text: str) -> Mapping[str, Size] | None:
    """Read the lists; an answer without any is empty: Android keeps them since version 8."""
    names, *sizes = (_list(name, text) for name in LISTS)
    if not names or not any(sizes):
        return {} if "Data-Free:" in text else None
    columns = [found if found and len(found) == len(names) else repeat(None) for found in sizes]
    rows = zip(names, *columns, strict=False)
    return {name: Size(*map(_bytes, row)) for name, *row in rows if isinstance(name, str)}


def _list(name: str, text: str) -> list[Any] | None:
    found = re.search(rf"^[ \t]*{name}:[ \t]*(\[[^\]\n]*\])", text, re.MULTILINE)
    try:
        listed = json.loads(found[1]) if found else None
    except (ValueError, RecursionError):
        return None
    return listed if isinstance(listed, list) else None


def _bytes(value: Any) -> int | None:
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST
    return value if is_size else None
