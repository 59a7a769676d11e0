"""Stations: which there are, what is at their ports, and shutting one out."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import NothingForm, queried
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.ports import PortOut, PortQuery, PortState
from fleet.contracts.stations import StationQuery
from fleet.contracts.words import _, say
from fleet.stations import queries
from fleet.stations.models import StationState
from fleet.stations.ports import ports
from fleet.stations.services import revoke

WAS = _("was: {state}")


def _rows(query: PortQuery) -> listing.Rows:
    return ports(current_session(), query, actor=current_actor())


def _address(one: PortOut) -> str:
    return url_for("console.station_ports", station=one.station)


def _state(one: PortOut) -> str:
    """Return the state in words; what a station said that speaks no more is what was."""
    return label(one.state) if one.live else say(WAS, state=label(one.state))


MAP = Listing(
    name="station_ports",
    title=_("Ports of the stations"),
    search=_("Station, port, tray, phone or serial"),
    query=PortQuery,
    permission=Permission.STATIONS_READ,
    rows=_rows,
    sort="port",
    to=_address,
    columns=(
        Column(_("Station"), lambda one: one.station),
        Column(_("Port"), lambda one: one.port, sort="port"),
        Column(_("Tray"), lambda one: one.tray, sort="tray"),
        Column(_("Phone"), lambda one: one.device, sort="device"),
        Column(_("Serial number"), lambda one: one.serial, sort="serial"),
        Column(_("State"), _state, sort="state"),
        Column(_("Since when"), lambda one: one.since, sort="since"),
        Column(_("Last heard"), lambda one: one.heard_at),
        Column(_("Backup without the server until"), lambda one: one.kit_until),
        Column(_("Begun without the server"), lambda one: one.begun_at),
        Column(_("What to do"), lambda one: one.advice, wrap=True),
    ),
    filters=(Filter("state", _("State"), listing.among(PortState)),),
)
listing.add(MAP)


@bp.get("/stations")
@asks(Permission.STATIONS_READ)
def stations() -> str:
    query = queried(StationQuery, request.args)
    found, mark = queries.stations(current_session(), query, actor=current_actor())
    names = {one.name for one in found}
    seen, _more = _rows(PortQuery(limit=listing.LARGEST_PAGE))
    return page(
        "stations.html",
        items=found,
        next=mark,
        query=query,
        states=list(StationState),
        map=MAP,
        ports=[one for one in seen if one.station in names],
        said=listing.said,
    )


@bp.get("/stations/<name>/revoke")
@asks(Permission.STATIONS_REVOKE)
def ask_revoke(name: str) -> str:
    """Say what will happen to a station that is shut out."""
    station = queries.station_named(current_session(), name)
    return page(
        "confirm.html",
        form=NothingForm(),
        title=say(_("Shut the station {name} out?"), name=station.name),
        tells=[
            say(_("Its token ends at once: its next call is refused.")),
            say(_("Its jobs go to whichever station the phones turn up at.")),
            say(_("It can come back only with a new enrolment code.")),
        ],
        button=say(_("Shut it out")),
        back=url_for("console.stations"),
    )


@bp.post("/stations/<name>/revoke")
@asks(Permission.STATIONS_REVOKE)
def revoke_station(name: str) -> Response:
    station = queries.station_named(current_session(), name)
    revoke(current_session(), station, actor=current_actor())
    flash(say(_("The station {name} is shut out."), name=name))
    return redirect(url_for("console.stations"), code=303)
