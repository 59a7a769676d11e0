"""JSON as the standard says it, and text that every database stores: anything else is unreadable.

Python's own reader takes more: NaN, numbers beyond any float, halves of characters, and nesting
until its stack ends.
"""

import json
from math import isfinite
from typing import Any

from flask.json.provider import DefaultJSONProvider


class StrictJson(DefaultJSONProvider):
    """Every refusal is a ValueError, which the framework takes for a body that is not JSON."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        text = s if isinstance(s, str) else s.decode("utf-8-sig")
        try:
            read = json.loads(text, parse_constant=_no_number, parse_float=_finite, **kwargs)
            if "\\ud" in text.lower():
                # Half of a pair is found by writing it: no UTF-8 has one.
                json.dumps(read, ensure_ascii=False).encode()
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return read


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number beyond all others")
    return number
