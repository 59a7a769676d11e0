"""Data that ships with the product and is changed by a file: TOML, or JSON as `show` writes it."""

import json
import tomllib
from collections.abc import Callable
from typing import IO, Any

from cli.context import App
from fleet.contracts.words import _
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


def tell_version(app: App, done: Any, sound: str, /, **version: object) -> None:
    """Say which version there is now, or that what is `sound` would become it."""
    app.answer(done, sound if done.dry_run else _("{name} is now version {number}."), **version)
    if done.dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
