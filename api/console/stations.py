"""Stations: which there are, when they were last heard, and shutting one out."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import NothingForm, queried
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import StationQuery
from fleet.contracts.words import _, say
from fleet.stations import queries
from fleet.stations.models import StationState
from fleet.stations.services import revoke


@bp.get("/stations")
@asks(Permission.STATIONS_READ)
def stations() -> str:
    query = queried(StationQuery, request.args)
    found, mark = queries.stations(current_session(), query, actor=current_actor())
    return page("stations.html", items=found, next=mark, query=query, states=list(StationState))


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
        button=say(_("Shut out")),
        back=url_for("console.stations"),
    )


@bp.post("/stations/<name>/revoke")
@asks(Permission.STATIONS_REVOKE)
def revoke_station(name: str) -> Response:
    station = queries.station_named(current_session(), name)
    revoke(current_session(), station, actor=current_actor())
    flash(say(_("The station {name} is shut out."), name=name))
    return redirect(url_for("console.stations"), code=303)
