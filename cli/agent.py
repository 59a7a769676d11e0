"""`workfleet agent …`: the program that runs beside the phones."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import click

from cli.agent_doctor import doctor
from cli.agent_offline import backup, kits
from cli.agent_phones import add_phone_commands
from cli.agent_service import service
from cli.context import App
from cli.speaking import group, option
from cli.stations import HOME, home_of
from fleet.contracts.words import _, translated

LOG = option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=_("Write what is said into this file as well, each line with its time."),
)
LOG_SIZE = option(
    "--log-size",
    type=click.IntRange(1, 10_000),
    default=10,
    show_default=True,
    metavar="MIB",
    help=_("How large the file becomes before a new one is begun."),
)
LOG_FILES = option(
    "--log-files",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help=_("How many earlier files are kept."),
)


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
@option("--once", is_flag=True, help=_("A single pass: read, do what is due, tell, and end."))
@option(
    "--within",
    type=click.FloatRange(min=1),
    default=3600.0,
    show_default=True,
    metavar="SECONDS",
    help=_("The longest that a single pass may take."),
)
@LOG
@LOG_SIZE
@LOG_FILES
@click.pass_context
def run(
    ctx: click.Context,
    home: Path | None,
    adb_port: int | None,
    adb: tuple[str, ...],
    within: float,
    log: Path | None,
    log_size: int,
    log_files: int,
    *,
    once: bool,
) -> None:
    from agents.station.loop import run as watch
    from cli.agent_log import logged
    from cli.agent_once import single_pass

    app: App = ctx.obj
    if adb and adb_port is not None:
        raise click.UsageError(translated("Say --adb-port or --adb."))
    with (
        stopped_by_signals() as stop,
        logged(app.line, log, size=log_size << 20, files=log_files) as say,
    ):
        if once:
            ctx.exit(
                single_pass(
                    home_of(home), stop=stop, say=say, within=within, adb_port=adb_port, adb=adb
                )
            )
        ctx.exit(watch(home_of(home), stop=stop, say=say, adb_port=adb_port, adb=adb))


agent.add_command(doctor)
agent.add_command(service)
agent.add_command(backup)
agent.add_command(kits)
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
