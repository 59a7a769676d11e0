"""`workfleet station …`: inviting, enrolling, listing and revoking stations."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.amounts import Rate, amount
from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import hours
from cli.output import Column, text_of
from cli.prompts import hidden
from cli.speaking import argument, group, option
from cli.trust import CA, FINGERPRINT, INSECURE, authority_of, warn_if_plain
from fleet.contracts.ports import PortOut, PortQuery, TrayIn
from fleet.contracts.stations import EnrolmentCodeIn, StationLimitIn, StationOut, StationQuery
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from cli.profiles import Profile

HOME = _("Folder of the station; WORKFLEET_STATION, or the user's own when left out.")

WAS = _("was: {state}")
OFFLINE = _("Backups without the server")
KITS = _("{kits} of {phones} phones, until {until}")
NO_KITS = _("of no phone")
BEGUN = _("{begun} begun")


@group(_("Stations: where phones are plugged in."))
def station() -> None:
    pass


def home_of(given: Path | None) -> Path:
    """Return the folder of the station on this machine."""
    from agents.station.home import default_home

    named = os.environ.get("WORKFLEET_STATION")
    return given or (Path(named) if named else default_home())


def _rate(one: StationOut) -> str:
    if one.backup_rate is None:
        return ""
    hours = f" {one.rate_from}-{one.rate_until}" if one.rate_from else ""
    return f"{amount(one.backup_rate)}/s{hours}"


def _offline(one: StationOut) -> str | None:
    """Return with how many phones it could go on alone, until when, and what it has begun so."""
    if one.kits is None:
        return None
    ends = text_of(one.kits_until) if one.kits_until else ""
    told = say(KITS, kits=one.kits, phones=one.phones, until=ends) if one.kits else say(NO_KITS)
    return " · ".join([told, say(BEGUN, begun=one.begun)] if one.begun else [told])


station.add_command(
    list_command(
        Listing(
            help=_("List stations."),
            query=StationQuery,
            fetch=lambda client, query: client.stations(query),
            columns=(
                Column(_("Name"), lambda one: one.name),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Phones"), lambda one: one.phones, right=True),
                Column(_("Backup rate"), _rate, right=True, spare=True),
                Column(_("Last seen"), lambda one: one.last_seen_at),
                Column(OFFLINE, _offline, spare=True),
                Column(_("Enrolled"), lambda one: one.enrolled_at),
                Column(_("Software"), lambda one: one.software),
            ),
            empty=_("No station yet: workfleet station invite NAME"),
            filters={"state": _("Only this state: enrolled, revoked.")},
        )
    )
)


def _seen(one: PortOut) -> str:
    """Return the state; what a station said that speaks no more is what was."""
    return label(one.state) if one.live else say(WAS, state=label(one.state))


station_map = list_command(
    Listing(
        help=_("Show which phone is at which port, and what to do where one cannot be read."),
        query=PortQuery,
        fetch=lambda client, query: client.ports(query),
        columns=(
            Column(_("Station"), lambda one: one.station),
            Column(_("Port"), lambda one: one.port),
            Column(_("Tray"), lambda one: one.tray, spare=True),
            Column(_("Phone"), lambda one: one.device),
            Column(_("Serial number"), lambda one: one.serial),
            Column(_("State"), _seen),
            Column(_("Since when"), lambda one: one.since),
            Column(_("Last heard"), lambda one: None if one.live else one.heard_at, spare=True),
            Column(_("Backup without the server until"), lambda one: one.kit_until, spare=True),
            Column(_("Begun without the server"), lambda one: one.begun_at, spare=True),
            Column(_("What to do"), lambda one: one.advice, spare=True, long=True),
        ),
        empty=_("Nothing is plugged in at any station that has told its ports."),
        filters={"state": _("Only ports in this state.")},
    ),
    name="map",
)
station_map.params.insert(0, click.Argument(["station"], required=False, metavar="[NAME]"))
station.add_command(station_map)


@station.command(help=_("Show a station: its phones, and what it could do without the server."))
@argument("name")
@pass_app
def show(app: App, name: str) -> None:
    one = app.client.station(name)
    app.fields(
        one,
        [
            (_("Name"), one.name),
            (_("State"), label(one.state)),
            (_("Last seen"), one.last_seen_at),
            (_("Enrolled"), one.enrolled_at),
            (_("Software"), one.software),
            (_("Phones"), one.phones),
            (_("Backup rate"), _rate(one)),
            (OFFLINE, _offline(one)),
        ],
    )
    app.say(_("Phone by phone: workfleet station map {name}"), name=name)


@station.command(help=_("Name the tray at a port of a station; `station map` lists the ports."))
@argument("name")
@argument("port")
@argument("tray", required=False, metavar="[LABEL]")
@option("--remove", is_flag=True, help=_("Take the name away."))
@pass_app
def tray(app: App, name: str, port: str, tray: str | None, *, remove: bool) -> None:
    if (tray is None) != remove:
        raise click.UsageError(say("Say a LABEL or --remove."))
    done = app.client.name_tray(name, TrayIn(port=port, label=tray))
    named, bare = (
        _("The tray at {port} of {station} is {tray}."),
        _("The tray at {port} of {station} has no name any more."),
    )
    app.answer(done, bare if remove else named, port=port, station=name, tray=tray)


@station.command(help=_("Make a code that enrols one station, once."))
@argument("name")
@option(
    "--minutes",
    type=click.IntRange(1, 7 * 24 * 60),
    default=60,
    show_default=True,
    help=_("How long the code may be used."),
)
@pass_app
def invite(app: App, name: str, minutes: int) -> None:
    made = app.client.invite_station(EnrolmentCodeIn(station=name, minutes=minutes))
    app.answer(made, _("Code for {station}: {code}"), station=made.station, code=made.code)
    app.say(
        _("At the bench, before {when}: workfleet station enroll {server} --code {code}"),
        when=text_of(made.expires_at),
        server=app.profile.server,
        code=made.code,
    )


@station.command(help=_("Make this machine a station, with a code from `station invite`."))
@argument("server", required=False, metavar="[URL or PROFILE]")
@option("--code", help=_("The code; it works once. Asked when left out."))
@option("--home", type=click.Path(path_type=Path, file_okay=False), help=HOME)
@CA
@FINGERPRINT
@INSECURE
@pass_app
def enroll(
    app: App,
    server: str | None,
    code: str | None,
    home: Path | None,
    ca: Path | None,
    fingerprint: str | None,
    *,
    insecure: bool,
) -> None:
    from agents.station.enrol import enrol

    given = code or hidden(_("Enrolment code"), file=None)
    known = _profile(app, server)
    address, plain = known.server, insecure or known.insecure
    warn_if_plain(app, address, insecure=plain)
    made = enrol(
        address,
        given.strip(),
        home_of(home),
        authority=authority_of(address, ca, fingerprint) or known.authority,
        insecure=plain,
    )
    app.say(
        _("This machine is the station {name} of {server}. Start it: workfleet agent run"),
        name=made.station,
        server=made.server,
    )


def _profile(app: App, given: str | None) -> "Profile":
    """Return the server: given by its address, by the name of a profile, or the current one."""
    from cli.profiles import chosen

    if given is None:
        return app.profile
    return chosen(None, given) if "://" in given else chosen(given, None)


@station.command(help=_("Bound how fast the backups of a station go, all of them together."))
@argument("name")
@option("--backup-rate", type=Rate(), metavar="20MB/s", help=_("Read, and send, at most so much."))
@option("--hours", "given", metavar="08:00-18:00", help=_("Only then, by the server's clock."))
@option("--unlimited", is_flag=True, help=_("Let them go as fast as they can."))
@pass_app
def limit(
    app: App, name: str, backup_rate: int | None, given: str | None, *, unlimited: bool
) -> None:
    if (backup_rate is None) != unlimited:
        raise click.UsageError(say("Say --backup-rate or --unlimited."))
    begins, ends = hours(given)
    body = StationLimitIn(backup_rate=backup_rate, rate_from=begins, rate_until=ends)
    done = app.client.limit_station(name, body)
    bounded, free = (
        _("Backups at {station}: at most {rate}."),
        _("Backups at {station} go as fast as they can."),
    )
    text = free if unlimited else bounded
    app.answer(done, text, station=done.name, rate=_rate(done))


@station.command(help=_("Shut a station out: its token stops working at once."))
@argument("name")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def revoke(app: App, name: str, *, dry_run: bool, yes: bool) -> None:
    text = _("{name} can report nothing and gets no job any more; what waits there is lost.")
    if dry_run:
        app.say(text, name=name)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(text, yes=yes, name=name)
    done = app.client.revoke_station(name)
    app.answer(done, _("{name} is revoked."), name=done.name)
