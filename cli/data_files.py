"""Data that ships with the product and is changed by a file: TOML, or JSON as `show` writes it."""

import json
import tomllib
from collections.abc import Callable
from difflib import unified_diff
from typing import IO, Any

from cli.context import App
from fleet.contracts.wire import Shown
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


class DiffOut(Shown):
    """Lines as `diff -u` writes them, of both as JSON."""

    before: str
    after: str
    lines: list[str]


def tell_difference(
    app: App, before: tuple[str, dict[str, Any]], after: tuple[str, dict[str, Any]]
) -> None:
    """Show what differs between two, each with its name."""
    old, new = (text_of(data).splitlines() for _name, data in (before, after))
    lines = list(unified_diff(old, new, before[0], after[0], lineterm=""))
    app.answer(DiffOut(before=before[0], after=after[0], lines=lines))
    for line in lines:
        app.line(line)
    if not lines:
        app.say(_("{before} and {after} are the same."), before=before[0], after=after[0])


def text_of(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
