"""`workfleet agent …`: the program that runs beside the phones."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import click

from cli.agent_phones import add_phone_commands
from cli.context import App
from cli.speaking import group, option
from cli.stations import HOME, home_of
from fleet.contracts.words import _, say


@group(_("The program that runs beside the phones of a station."))
def agent() -> None:
    pass


@agent.command(
    help=_("Watch the phones of this station and do what the server asks, until Ctrl-C.")
)
@option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME)
@option("--adb-port", type=int, help=_("Port of the adb server; adb's own when left out."))
@option(
    "--adb",
    multiple=True,
    metavar="HOST:PORT",
    help=_("An adb server to follow, also on another machine; may be repeated."),
)
@click.pass_context
def run(ctx: click.Context, home: Path | None, adb_port: int | None, adb: tuple[str, ...]) -> None:
    from agents.station.loop import run as watch

    app: App = ctx.obj
    if adb and adb_port is not None:
        raise click.UsageError(say("Say --adb-port or --adb."))
    with stopped_by_signals() as stop:
        ctx.exit(watch(home_of(home), stop=stop, say=app.line, adb_port=adb_port, adb=adb))


add_phone_commands(agent)


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """Give an event that Ctrl-C and SIGTERM set: what is under way comes to a clean end."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
