"""Commands, groups and options whose help is said in the user's language.

Help texts are marked with `_` and translated when they are shown, not when they are defined.
"""

from collections.abc import Callable
from gettext import gettext
from typing import Any, Final, TypeVar

import click

from fleet.contracts.words import translated

Function = TypeVar("Function", bound=Callable[..., Any])
argument = click.argument
OUTPUTS: Final = ("table", "json", "csv")


class Option(click.Option):
    """An option whose help text is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        source, self.help = self.help, translated(self.help or "")
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = source


def option(*names: str, **settings: Any) -> Callable[[Function], Function]:
    return click.option(*names, cls=Option, **settings)


def _set_output(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value and ctx.obj is not None:
        ctx.obj.output = value


def output_option() -> click.Option:
    """Return `--output` as it may also stand after the command."""
    return Option(
        ["-o", "--output"],
        type=click.Choice(OUTPUTS),
        expose_value=False,
        callback=_set_output,
        hidden=True,
    )


class _Translated(click.Command):
    """What a command and a group have in common."""

    def get_short_help_str(self, limit: int = 45) -> str:
        first, _, _rest = translated(self.help or "").partition("\n")
        return first if limit <= 0 else first[:limit]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, which click makes once, maybe before `--lang` was heard."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = translated("Show this message and exit.")
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        source, self.help = self.help, translated(self.help or "")
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = source


class Command(_Translated):
    """A command; `-o` chooses how its answer looks, here as well as at the root."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params.append(output_option())


class Group(_Translated, click.Group):
    """A noun; its commands are the verbs."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, command.get_short_help_str(0))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section(gettext("Commands")):
            formatter.write_dl(rows)


Group.group_class = Group


def group(text: str) -> Callable[[Callable[..., Any]], Group]:
    """Make a noun with the help `text`."""
    return click.group(cls=Group, help=text)


def command(text: str, **options: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command that stands at the root."""
    return click.command(cls=Command, help=text, **options)
