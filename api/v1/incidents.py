"""Incidents: reported by holders, heads of departments and IT, with measures that have clocks."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.accounts.queries import account
from fleet.contracts.incidents import IncidentIn, IncidentOut, IncidentQuery, MeasureIn, NoteIn
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.custody.queries import Held
from fleet.devices.queries import device
from fleet.incidents import queries, services
from fleet.sims.queries import sim

bp = APIBlueprint("incidents", __name__, url_prefix="/api/v1", tag="Incidents")


@bp.get("/incidents")
@asks(Permission.INCIDENTS_READ, scoped=True)
@bp.input(IncidentQuery, location="query", arg_name="query")
@bp.output(Page[IncidentOut])
def list_incidents(query: IncidentQuery) -> Page[IncidentOut]:
    """List incidents, the newest first."""
    rows, mark = queries.incidents(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/incidents/<number>")
@asks(Permission.INCIDENTS_READ, scoped=True)
@bp.output(IncidentOut)
def show_incident(number: str) -> IncidentOut:
    """Show an incident with its measures."""
    return queries.shown(queries.incident(current_session(), number, actor=current_actor()))


@bp.post("/incidents")
@asks(Permission.INCIDENTS_REPORT, scoped=True)
@bp.input(IncidentIn, arg_name="body")
@bp.output(IncidentOut, status_code=201)
def report_incident(body: IncidentIn) -> IncidentOut:
    """Report an incident; with `dry_run` show what would follow."""
    session, actor = current_session(), current_actor()
    things: list[Held] = [
        *(device(session, tag) for tag in body.devices),
        *(sim(session, number) for number in body.sims),
        *(account(session, handle) for handle in body.accounts),
    ]
    if body.dry_run:
        plan, joins = services.plan_report(session, tools(), body.kind, things, actor=actor)
        return queries.shown_plan(plan, joins, actor=actor)
    incident, joined = services.report(
        session, tools(), body.kind, things, note=body.note, actor=actor
    )
    return queries.shown(incident, joined=joined)


@bp.post("/incidents/<number>/notes")
@asks(Permission.INCIDENTS_REPORT, scoped=True)
@bp.input(NoteIn, arg_name="body")
@bp.output(IncidentOut)
def add_note(number: str, body: NoteIn) -> IncidentOut:
    """Add what there is to say about an incident; no secret belongs in it."""
    incident = services.note(current_session(), number, text=body.text, actor=current_actor())
    return queries.shown(incident)


@bp.post("/incidents/<number>/measures/<int:measure>")
@asks(Permission.INCIDENTS_HANDLE)
@bp.input(MeasureIn, arg_name="body")
@bp.output(IncidentOut)
def end_measure(number: str, measure: int, body: MeasureIn) -> IncidentOut:
    """Say that a measure is done, or why it is not needed."""
    session, actor = current_session(), current_actor()
    incident = queries.incident(session, number, actor=actor)
    services.end_measure(
        session, incident, measure, note=body.note, not_needed=body.not_needed, actor=actor
    )
    return queries.shown(incident)


@bp.post("/incidents/<number>/close")
@asks(Permission.INCIDENTS_HANDLE)
@bp.input(NoteIn, arg_name="body")
@bp.output(IncidentOut)
def close_incident(number: str, body: NoteIn) -> IncidentOut:
    """Close an incident of which no measure is open."""
    session, actor = current_session(), current_actor()
    incident = queries.incident(session, number, actor=actor)
    services.close(session, incident, note=body.text, actor=actor)
    return queries.shown(incident)
