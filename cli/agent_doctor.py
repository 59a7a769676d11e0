"""`workfleet agent doctor`: part by part, whether this station has what it needs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import App
from cli.exits import NOT_SO, OK
from cli.output import Column, csv_of, show_table
from cli.speaking import command, option
from cli.stations import HOME, home_of
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from agents.phone.server import Adb
    from agents.station.doctor import Check

STATES = {"ok": _("ok"), "attention": _("attention"), "broken": _("broken")}
COLUMNS = (
    Column(_("State"), lambda one: say(STATES[one.state])),
    Column(_("Check"), lambda one: one.part),
    Column(_("What is so"), lambda one: one.sentence, long=True),
    Column(_("What to do"), lambda one: one.advice, long=True, spare=True),
)


@command(_("Look whether everything this station needs is well; nothing is changed."))
@option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME)
@option(
    "--adb",
    multiple=True,
    metavar="HOST:PORT",
    help=_("An adb server that the agent follows; may be repeated."),
)
@option("--json", "as_json", is_flag=True, help=_("The findings as JSON."))
@click.pass_context
def doctor(ctx: click.Context, home: Path | None, adb: tuple[str, ...], *, as_json: bool) -> None:
    from agents.station.doctor import Place, State, examine

    app: App = ctx.obj
    found = list(examine(Place(home_of(home), _servers(adb))))
    _show(found, "json" if as_json else app.output)
    ctx.exit(NOT_SO if any(one.state is State.BROKEN for one in found) else OK)


def _servers(addresses: tuple[str, ...]) -> "tuple[Adb, ...]":
    from agents.phone.pairing import servers_at
    from agents.phone.server import Adb

    return tuple(servers_at(addresses) or [Adb()])


def _show(found: "Sequence[Check]", output: str) -> None:
    rows = [asdict(one) for one in found]
    if output == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif output == "csv":
        click.echo(csv_of(rows), nl=False)
    else:
        show_table(found, COLUMNS)
