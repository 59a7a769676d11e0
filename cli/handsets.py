"""`workfleet handset …`: virtual phones, a real adbd each, for trying and training."""

import json

import click

from cli.context import App, pass_app
from cli.output import Column, show_table
from cli.speaking import group, option
from fleet.contracts.words import _


@group(_("Virtual phones for trying and training: a real adbd, a scripted Android."))
def handset() -> None:
    pass


@handset.command("list", help=_("List the kinds of phones that can be run, and what can be wrong."))
@pass_app
def list_(app: App) -> None:
    from agents.handset.faults import NAMED
    from agents.handset.profile import profiles

    rows = profiles()
    if not app.for_people:
        shown = {"profiles": dict(rows), "faults": sorted(NAMED)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    columns = (Column(_("Profile"), lambda row: row[0]), Column(_("Phone"), lambda row: row[1]))
    show_table(rows, columns)
    app.say(_("Faults: {names}"), names=", ".join(sorted(NAMED)))


@handset.command(help=_("Run virtual phones until Ctrl-C."))
@option("--profile", "profiles", multiple=True, required=True, help=_("A kind; may be repeated."))
@option("--serial", "serials", multiple=True, help=_("Serial number of the first, the second, …"))
@option(
    "--fault",
    "faults",
    multiple=True,
    metavar="[PROFILE=]FAULT",
    help=_("What is wrong with the phones, or with one kind of them."),
)
@option("--adb-port", type=int, help=_("Port of the adb server; adb's own when left out."))
@option("--wireless", is_flag=True, help=_("On no cable: they are paired by a code they show."))
@click.pass_context
def run(
    ctx: click.Context,
    profiles: tuple[str, ...],
    serials: tuple[str, ...],
    faults: tuple[str, ...],
    adb_port: int | None,
    *,
    wireless: bool,
) -> None:
    from agents.handset.run import run as keep_on

    app: App = ctx.obj
    ctx.exit(
        keep_on(
            profiles,
            adb_port=adb_port,
            serials=serials,
            faults=faults,
            wireless=wireless,
            say=app.line,
        )
    )
