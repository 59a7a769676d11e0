"""Stations and their jobs, as the people who run them see them."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.ports import PortOut, PortQuery, TrayIn
from fleet.contracts.stations import (
    EnrolmentCodeIn,
    EnrolmentCodeOut,
    JobOut,
    JobQuery,
    StationLimitIn,
    StationOut,
    StationQuery,
)
from fleet.contracts.wire import Page
from fleet.devices.queries import device
from fleet.stations import queries
from fleet.stations.jobs import cancel_job
from fleet.stations.ports import name_tray, ports
from fleet.stations.probing import probe_device
from fleet.stations.rates import limit
from fleet.stations.services import invite, revoke

bp = APIBlueprint("stations", __name__, url_prefix="/api/v1", tag="Stations")


@bp.post("/stations/codes")
@asks(Permission.STATIONS_INVITE)
@bp.input(EnrolmentCodeIn, arg_name="body")
@bp.output(EnrolmentCodeOut, status_code=201)
def invite_station(body: EnrolmentCodeIn) -> EnrolmentCodeOut:
    """Give a code with which one machine may enrol once."""
    return invite(current_session(), body.station, minutes=body.minutes, actor=current_actor())


@bp.get("/stations")
@asks(Permission.STATIONS_READ)
@bp.input(StationQuery, location="query", arg_name="query")
@bp.output(Page[StationOut])
def list_stations(query: StationQuery) -> Page[StationOut]:
    """List stations."""
    shown, mark = queries.stations(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.get("/stations/<name>")
@asks(Permission.STATIONS_READ)
@bp.output(StationOut)
def show_station(name: str) -> StationOut:
    """Show a station, and what it could do without this server."""
    session = current_session()
    station = queries.station_named(session, name)
    return queries.shown_station(session, station, actor=current_actor())


@bp.get("/stations/ports")
@asks(Permission.STATIONS_READ)
@bp.input(PortQuery, location="query", arg_name="query")
@bp.output(Page[PortOut])
def list_ports(query: PortQuery) -> Page[PortOut]:
    """List what is at the ports of the stations, and the trays that are empty."""
    shown, mark = ports(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/stations/<name>/trays")
@asks(Permission.STATIONS_WRITE)
@bp.input(TrayIn, arg_name="body")
@bp.output(PortOut)
def tray(name: str, body: TrayIn) -> PortOut:
    """Name the tray at a port of a station, or take its name away."""
    session = current_session()
    station = queries.station_named(session, name)
    return name_tray(session, station, body, actor=current_actor())


@bp.post("/stations/<name>/revoke")
@asks(Permission.STATIONS_REVOKE)
@bp.output(StationOut)
def revoke_station(name: str) -> StationOut:
    """Shut a station out."""
    session = current_session()
    station = queries.station_named(session, name)
    revoke(session, station, actor=current_actor())
    return _shown(station.name)


@bp.post("/stations/<name>/limit")
@asks(Permission.STATIONS_WRITE)
@bp.input(StationLimitIn, arg_name="body")
@bp.output(StationOut)
def limit_station(name: str, body: StationLimitIn) -> StationOut:
    """Bound how fast the backups of a station go."""
    session = current_session()
    station = queries.station_named(session, name)
    limit(session, station, body, actor=current_actor())
    return _shown(station.name)


@bp.post("/devices/<tag>/probe")
@asks(Permission.DEVICES_PROBE)
@bp.output(JobOut, status_code=201)
def probe(tag: str) -> JobOut:
    """Have a phone looked at again."""
    session = current_session()
    job = probe_device(session, device(session, tag), actor=current_actor())
    return queries.shown_job(job)


@bp.get("/jobs")
@asks(Permission.JOBS_READ)
@bp.input(JobQuery, location="query", arg_name="query")
@bp.output(Page[JobOut])
def list_jobs(query: JobQuery) -> Page[JobOut]:
    """List jobs, the newest first."""
    rows, mark = queries.jobs(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown_job(job) for job in rows], next=mark)


@bp.post("/jobs/<job_id>/cancel")
@asks(Permission.JOBS_CANCEL)
@bp.output(JobOut)
def cancel(job_id: str) -> JobOut:
    """Take back a job that no station is running now."""
    session = current_session()
    job = queries.job_of(session, job_id)
    cancel_job(session, tools(), job, actor=current_actor())
    return queries.shown_job(job)


def _shown(name: str) -> StationOut:
    query = StationQuery(q=name, limit=1000)
    found, _mark = queries.stations(current_session(), query, actor=current_actor())
    return next(station for station in found if station.name == name)
