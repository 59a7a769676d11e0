"""`workfleet`: the root of the command line. It loads a noun's file only when it is called."""

import os
import sys
from typing import Any, Final

import click

from cli.click_words import click_speaking
from cli.contents import Contents
from cli.context import App, Connect, connect
from cli.speaking import OUTPUTS, option
from fleet.contracts.words import LANGUAGES, _, language, speaking

WIDEST: Final = 100
NARROWEST: Final = 50


class Root(Contents):
    """Turns whatever ends a command otherwise than well into one line and an exit code."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        # click would load half of the standard library's compressors to learn the width.
        extra.setdefault("terminal_width", max(min(_columns(), WIDEST) - 2, NARROWEST))
        return super().make_context(*args, **extra)

    def main(self, *args: Any, **options: Any) -> Any:
        with click_speaking(language()):
            return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            error.show()  # here, while --lang still holds
            ctx.exit(error.exit_code)
        except click.exceptions.Exit:
            raise
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 — all refusals are shown here
            from cli.refusals import ended_by

            ctx.exit(ended_by(error))


def _columns() -> int:
    """Return how wide the terminal is; COLUMNS says it where somebody wants it otherwise."""
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def _speak(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.with_resource(speaking(value))
        ctx.with_resource(click_speaking(value))


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        from importlib.metadata import version

        click.echo(f"workfleet {version('workfleet')}")
        ctx.exit()


@click.group(
    cls=Root,
    help=_("Business phones, SIMs and work accounts: who holds them, and what is proven of them."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
)
@option(
    *("--lang", "_lang"),
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help=_("Language of sentences; that of this machine when left out."),
)
@option("--profile", metavar="NAME", envvar="WORKFLEET_PROFILE", help=_("Server to speak to."))
@option(
    "--server",
    metavar="URL",
    envvar="WORKFLEET_SERVER",
    help=_("Address of a server, instead of the profile's."),
)
@option(
    *("-o", "--output"),
    type=click.Choice(OUTPUTS),
    default="table",
    help=_("How answers look; may also stand after the command."),
)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=_("Show the version and end."),
)
@click.pass_context
def main(ctx: click.Context, profile: str | None, server: str | None, output: str) -> None:
    way: Connect = ctx.obj or connect
    ctx.obj = App(profile_name=profile, server=server, output=output, connect=way)
    ctx.call_on_close(ctx.obj.close)
