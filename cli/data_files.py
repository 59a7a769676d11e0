"""Data that ships with the product and is changed by a file: TOML, or JSON as `show` writes it."""

import json
import tomllib
from collections.abc import Callable
from typing import IO, Any

from fleet.errors import FleetError


def read(file: IO[str], under: str, refused: Callable[[str, str], FleetError]) -> dict[str, Any]:
    """Read a table; of a whole answer of `show -o json` what stands `under` that name."""
    text = file.read()
    try:
        given = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise refused(file.name, str(error)) from None
    found: dict[str, Any] = given.get(under, given)
    return found
