"""What people say of things: one set of options to enter them and to correct them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cli.context import DRY_RUN, App
from cli.labels import label
from cli.output import text_of
from cli.speaking import option
from fleet.contracts.words import _

if TYPE_CHECKING:
    from pydantic import BaseModel

Function = TypeVar("Function", bound=Callable[..., Any])
DAY: Final = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True)
class Said:
    """A field, the option it is given by, and its help; `kind` is what it takes.

    `needed`: an entry is nothing without it, so that it cannot be emptied.
    """

    field: str
    flag: str
    help: str
    kind: type = str
    metavar: str | None = None
    needed: bool = False

    @property
    def name(self) -> str:
        return self.flag.removeprefix("--")


def options(fields: Sequence[Said], *, clearing: bool = False) -> Callable[[Function], Function]:
    """Add an option for each field; `clearing`, of an entry that is known, ways to empty and look.

    What may be emptied is named after `--clear`; `--dry-run` shows what would become of it.
    """

    def add(function: Function) -> Function:
        if clearing:
            names = [one.name for one in fields if one.kind is not bool and not one.needed]
            function = option("--dry-run", is_flag=True, help=DRY_RUN)(function)
            function = option(
                "--clear", multiple=True, type=click.Choice(names), help=_("Empty this field.")
            )(function)
        for one in reversed(fields):
            function = _option(one)(function)
        return function

    return add


def _option(one: Said) -> Callable[[Function], Function]:
    if one.kind is bool:
        both = f"{one.flag}/--no-{one.name}"
        return option(both, one.field, default=None, help=one.help)
    kind: Any = str
    if one.kind is date:
        kind = DAY
    elif issubclass(one.kind, StrEnum):
        kind = click.Choice([item.value for item in one.kind])
    elif one.kind is int:
        kind = click.IntRange(min=0)
    return option(one.flag, one.field, type=kind, metavar=one.metavar, help=one.help)


def told(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said, by field: what was left out is none of it."""
    return {
        name: value.date() if isinstance(value, datetime) else value
        for name, value in given.items()
        if value is not None
    }


def corrected(
    fields: Sequence[Said], given: Mapping[str, Any], clear: Sequence[str]
) -> dict[str, Any]:
    """Return the fields that change, those to be emptied as None; refused where there is none."""
    flags = {one.name: one.field for one in fields}
    changes = {**told(given), **{flags[name]: None for name in clear}}
    if not changes:
        from cli.refusals import NothingToCorrect

        raise NothingToCorrect
    return changes


def named(fields: Sequence[Said], given: Mapping[str, Any], clear: Sequence[str]) -> dict[str, Any]:
    """Return the same for a message that names under `clear` what it empties."""
    changes = corrected(fields, given, clear)
    return {
        **{name: value for name, value in changes.items() if value is not None},
        "clear": [name for name, value in changes.items() if value is None],
    }


def tell(
    app: App,
    before: "BaseModel",
    after: "BaseModel",
    fields: Sequence[Said],
    *,
    dry_run: bool = False,
) -> None:
    """Show what a correction changed, or would, value by value; for a program the thing itself."""
    app.answer(after)
    changed = [one for one in fields if _of(before, one) != _of(after, one)]
    for one in changed:
        app.line(f"{one.name}: {text_of(_of(before, one))} → {text_of(_of(after, one))}")
    if not changed:
        app.say(_("Nothing was different."))
    elif dry_run:
        app.say(_("Nothing was changed: this was a dry run."))


def _of(entry: "BaseModel", one: Said) -> object:
    return getattr(entry, one.field)


def answered(said: bool | None) -> str | None:  # noqa: FBT001 — the answer itself
    """Return yes or no, and nothing where nobody knows."""
    return None if said is None else label("yes" if said else "no")
