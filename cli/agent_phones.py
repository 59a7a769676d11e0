"""`workfleet agent pair|connect|forget|phones`: the phones without a cable of this station."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from cli.context import App, pass_app
from cli.output import Column
from cli.prompts import at_terminal, hidden
from cli.speaking import Group, argument, command, option
from cli.stations import HOME, home_of
from fleet.contracts.words import _, say
from fleet.errors import FleetError

if TYPE_CHECKING:
    from agents.phone.server import Adb
    from agents.station.addresses import Addresses, Kept

WITH_HOME = option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME)
WITH_ADB = option(
    "--adb",
    metavar="HOST:PORT",
    help=_("The adb server that is to hold the phone; this machine's own when left out."),
)

CONNECTED = _("{serial} answers at {address}; the agent keeps it connected from now on.")
FORGOTTEN = _("{phone} is forgotten, and no longer connected.")
SERVER_AWAY = _("adb server away")
PHONE_AWAY = _("away")
READY = _("connected")


class WirelessPhone(BaseModel):
    """A phone that the station keeps connected without a cable."""

    address: str
    serial: str
    name: str
    adb: str
    state: str


@command(_("Pair with a phone by the code on its screen, connect it and keep it connected."))
@argument("address", metavar="HOST:PORT")
@option(
    "--connect",
    "connect_at",
    metavar="HOST:PORT",
    help=_("Where the phone takes connections; looked for in the network when left out."),
)
@WITH_ADB
@WITH_HOME
@pass_app
def pair(
    app: App, address: str, connect_at: str | None, adb: str | None, home: Path | None
) -> None:
    from agents.phone.pairing import check_code, host_and_port
    from agents.station.joining import join_by_code

    for given in filter(None, (address, connect_at)):
        host_and_port(given)
    with _addresses(home) as addresses:
        code = hidden(_("Pairing code"), file=None, from_stdin=not at_terminal()).strip()
        check_code(code)
        with _server(adb) as server:
            phone = join_by_code(
                server, addresses, at=address, code=code, connect_at=connect_at, named=adb or ""
            )
    _tell(app, phone)


@command(_("Connect a phone without a cable and keep it connected; its new port replaces the old."))
@argument("address", metavar="HOST:PORT")
@WITH_ADB
@WITH_HOME
@pass_app
def connect(app: App, address: str, adb: str | None, home: Path | None) -> None:
    from agents.phone.pairing import host_and_port
    from agents.station.addresses import Kept
    from agents.station.joining import join

    host_and_port(address)
    with _addresses(home) as addresses, _server(adb) as server:
        phone = join(server, addresses, Kept(address, adb=adb or ""))
    _tell(app, phone)


@command(_("Disconnect a phone without a cable, and keep it connected no longer."))
@argument("phone", metavar="HOST:PORT or SERIAL")
@WITH_HOME
@pass_app
def forget(app: App, phone: str, home: Path | None) -> None:
    from agents.station.errors import PhoneNotKept
    from agents.station.wireless import let_go, named

    with _addresses(home) as addresses:
        gone = addresses.forget(phone)
    if not gone:
        raise PhoneNotKept(phone)
    for one in gone:
        with suppress(FleetError):  # the agent that follows a server elsewhere lets go of it
            let_go(_server(one.adb), one)
        app.say(FORGOTTEN, phone=named(one))


@command(_("List the phones that this station keeps connected without a cable."))
@WITH_HOME
@pass_app
def phones(app: App, home: Path | None) -> None:
    with _addresses(home) as addresses:
        kept = addresses.all()
    states = {adb: _states(adb) for adb in {one.adb for one in kept}}
    app.table(
        [_shown(one, states[one.adb]) for one in kept],
        (
            Column(_("Address"), lambda one: one.address),
            Column(_("Serial number"), lambda one: one.serial),
            Column(_("State"), lambda one: one.state),
            Column(_("Name in the network"), lambda one: one.name, spare=True),
            Column(_("adb server"), lambda one: one.adb, spare=True),
        ),
        empty=_("None yet: workfleet agent pair HOST:PORT"),
    )


def add_phone_commands(agent: Group) -> None:
    for one in (pair, connect, forget, phones):
        agent.add_command(one)


@contextmanager
def _addresses(home: Path | None) -> Iterator["Addresses"]:
    from agents.station.addresses import Addresses
    from agents.station.home import open_home
    from agents.station.store import Store

    with closing(Store(open_home(home_of(home)).outbox)) as store:
        yield Addresses(store)


def _server(named: str | None) -> "Adb":
    from agents.phone.pairing import servers_at
    from agents.phone.server import Adb

    return servers_at([named])[0] if named else Adb()


def _states(named: str) -> Mapping[str, str] | None:
    """Return what an adb server calls its phones, and their states; None where none answers."""
    try:
        return {one.serial: one.state for one in _server(named).devices()}
    except FleetError:
        return None


def _shown(phone: "Kept", states: Mapping[str, str] | None) -> WirelessPhone:
    from agents.phone.devices import READY as ANSWERS

    if states is None:
        return _with_state(phone, say(SERVER_AWAY))
    ways = [state for name, state in states.items() if phone.is_at(name)]
    if ANSWERS in ways:
        return _with_state(phone, say(READY))
    return _with_state(phone, ways[0] if ways else say(PHONE_AWAY))


def _with_state(phone: "Kept", state: str) -> WirelessPhone:
    return WirelessPhone(
        address=phone.address, serial=phone.serial, name=phone.guid, adb=phone.adb, state=state
    )


def _tell(app: App, phone: "Kept") -> None:
    shown = _with_state(phone, say(READY))
    app.answer(shown, CONNECTED, serial=phone.serial, address=phone.address)
