"""`workfleet agent service`: the agent as a service of this machine, by systemd."""

import os
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.speaking import command, option
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.station.installing import Step
    from agents.station.unit import Service

HOME = _("Folder of the station; /var/lib/workfleet-station when left out.")


@command(_("Show the systemd unit that runs this station; make it a service, or remove it."))
@option("--home", metavar="DIR", help=HOME)
@option("--user", metavar="NAME", help=_("User of the service; made when it is not there."))
@option("--adb-port", type=int, help=_("Port of the adb server; adb's own when left out."))
@option(
    "--adb",
    multiple=True,
    metavar="HOST:PORT",
    help=_("An adb server that the agent follows; may be repeated."),
)
@option("--install", is_flag=True, help=_("Make it a service that begins with this machine."))
@option("--remove", is_flag=True, help=_("End the service; the station's folder stays."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def service(
    app: App,
    home: str | None,
    user: str | None,
    adb_port: int | None,
    adb: tuple[str, ...],
    *,
    install: bool,
    remove: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    if install and remove:
        raise click.UsageError(say("Say --install or --remove."))
    if adb and adb_port is not None:
        raise click.UsageError(say("Say --adb-port or --adb."))
    wanted = _service(home, user, _adb_options(adb_port, adb))
    if not install and not remove:
        click.echo(wanted.unit(), nl=False)
        return
    from agents.station.installing import to_install, to_remove

    _refuse_elsewhere(wanted, install=install)
    steps = list(to_install(wanted) if install else to_remove())
    if _carried_out(app, steps, dry_run=dry_run, yes=yes):
        _say_what_is_next(app, wanted, install=install)


def _adb_options(port: int | None, servers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words by which the agent is told its adb servers, or refuse an address."""
    from agents.phone.pairing import host_and_port

    for address in servers:
        host_and_port(address)
    named = tuple(word for address in servers for word in ("--adb", address))
    return ("--adb-port", str(port)) if port else named


def _service(home: str | None, user: str | None, adb: tuple[str, ...]) -> "Service":
    from agents.station.unit import NAME, STATE, UDEV_GROUP, Service, program_of
    from fleet.contracts.words import language

    who = user or NAME
    return Service(
        program=program_of(Path(sys.prefix), Path(sys.executable)),
        home=PurePosixPath(Path(home).absolute()) if home else STATE / NAME,
        user=who,
        group=None if who == "root" else UDEV_GROUP,
        adb=adb,
        language="zh_CN.UTF-8" if language() == "zh_CN" else "C.UTF-8",
    )


def _refuse_elsewhere(wanted: "Service", *, install: bool) -> None:
    from agents.station.errors import NoSystemd, ServiceNotThere
    from agents.station.installing import has_systemd, refuse_private_program
    from agents.station.unit import UNIT_FILE

    if not has_systemd():
        raise NoSystemd
    if install:
        refuse_private_program(wanted, Path(sys.executable), Path(__file__))
    elif not Path(UNIT_FILE).exists():
        raise ServiceNotThere


def _carried_out(app: App, steps: "Sequence[Step]", *, dry_run: bool, yes: bool) -> bool:
    """Show the steps, ask, and do them; tell whether they were done."""
    for step in steps:
        app.line(f"  {step}")
    if dry_run:
        app.say(_("Nothing was changed: this was a dry run."))
        return False
    if os.geteuid() != 0:
        from agents.station.errors import RootNeeded

        raise RootNeeded
    app.confirm(_("These {count} steps will be done as root."), yes=yes, count=len(steps))
    for step in steps:
        step.do()
    return True


def _say_what_is_next(app: App, wanted: "Service", *, install: bool) -> None:
    from agents.station.unit import NAME

    if not install:
        app.say(_("The service is removed; the station's folder, its key and its user stay."))
    elif (Path(wanted.home) / "station.json").is_file():
        app.say(_("The service runs: systemctl status {name}; journalctl -u {name}"), name=NAME)
    else:
        app.say(
            _(
                "Enrol the station: sudo -Hu {user} {program} station enroll URL --home {home}\n"
                "Then start it: sudo systemctl start {name}"
            ),
            user=wanted.user,
            program=" ".join(wanted.program),
            home=wanted.home,
            name=NAME,
        )
