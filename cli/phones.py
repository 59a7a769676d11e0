"""`workfleet phone …`: a phone on the cable of this machine, without a server."""

from pathlib import Path

import click

from cli.context import App, pass_app
from cli.output import Column, show_fields, show_table
from cli.speaking import argument, group, option
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.words import _

PORT = _("Port of the adb server; adb's own when left out.")


@group(_("A phone on the cable of this machine, without a server."))
def phone() -> None:
    pass


@phone.command("list", help=_("List the phones that adb sees."))
@option("--adb-port", type=int, help=PORT)
@pass_app
def list_(app: App, adb_port: int | None) -> None:
    import json
    from dataclasses import asdict

    from agents.phone.adb import Adb

    with Adb(port=adb_port) as adb:
        found = adb.devices()
    columns = (
        Column(_("Name for adb"), lambda one: one.serial),
        Column(_("State"), lambda one: one.state),
        Column(_("Explanation"), lambda one: one.explanation),
    )
    if not app.for_people:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
    elif found:
        show_table(found, columns)
    else:
        app.say(_("adb sees no phone: check the cable, and that USB debugging is on."))


@phone.command(help=_("Ask a phone everything and keep its answers in a folder, as they came."))
@argument("serial")
@option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help=_("A folder that is new or empty."),
)
@option("--adb-port", type=int, help=PORT)
@pass_app
def capture(app: App, serial: str, to: Path, adb_port: int | None) -> None:
    from agents.phone.adb import Adb, AdbPhone
    from agents.phone.capture import capture as keep

    with Adb(port=adb_port) as adb:
        folder = keep(AdbPhone(adb, serial), to)
    app.say(
        _("{serial} is in {folder}. Look at it: workfleet phone inspect {folder}"),
        serial=serial,
        folder=folder,
    )


@phone.command(help=_("Show what a folder made by `phone capture`, or by others, says of a phone."))
@argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@option("--json", "as_json", is_flag=True, help=_("The facts as JSON."))
@pass_app
def inspect(app: App, folder: Path, *, as_json: bool) -> None:
    from agents.phone.capture import inspect as understand

    facts = understand(folder)
    if as_json or app.output == "json":
        click.echo(facts.model_dump_json(indent=2))
    elif app.output == "csv":
        app.answer(facts)
    else:
        _show(facts)


def _show(facts: PhoneFacts) -> None:
    from cli.facts import identity_rows, rows_of

    show_fields([*identity_rows(facts), *rows_of(facts)])
