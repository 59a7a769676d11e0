"""Remedies that stations carry out on phones: planned, taken back, called off."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.remedying import (
    RemedyIn,
    RemedyOut,
    RemedyPlanIn,
    RemedyPlanOut,
    RemedyQuery,
)
from fleet.contracts.wire import Page
from fleet.remedies import queries, services

bp = APIBlueprint("remedies", __name__, url_prefix="/api/v1", tag="Remedies")


@bp.get("/remedies")
@asks(Permission.REMEDIES_READ)
@bp.input(RemedyQuery, location="query", arg_name="query")
@bp.output(Page[RemedyOut])
def list_remedies(query: RemedyQuery) -> Page[RemedyOut]:
    """List remedies, the newest first."""
    session = current_session()
    rows, mark = queries.remedies(session, query, actor=current_actor())
    return Page(items=queries.shown_each(session, rows), next=mark)


@bp.post("/remedies")
@asks(Permission.REMEDIES_PLAN)
@bp.input(RemedyPlanIn, arg_name="body")
@bp.output(RemedyPlanOut, status_code=201)
def plan_remedies(body: RemedyPlanIn) -> RemedyPlanOut:
    """Plan what stations do on phones; with `dry_run`, say what that would be."""
    return services.plan(current_session(), body, actor=current_actor())


@bp.get("/remedies/<number>")
@asks(Permission.REMEDIES_READ)
@bp.output(RemedyOut)
def show_remedy(number: str) -> RemedyOut:
    """Show a remedy: what the phone showed before and after it."""
    session = current_session()
    return queries.shown(session, queries.remedy(session, number, actor=current_actor()))


@bp.post("/remedies/<number>/undo")
@asks(Permission.REMEDIES_PLAN)
@bp.input(RemedyIn, arg_name="body")
@bp.output(RemedyOut, status_code=201)
def undo_remedy(number: str, body: RemedyIn) -> RemedyOut:
    """Plan the way back, as a remedy of its own; refused where there is none."""
    session = current_session()
    made = services.undo(session, number, reason=body.reason, actor=current_actor())
    return queries.shown(session, made)


@bp.post("/remedies/<number>/cancel")
@asks(Permission.REMEDIES_PLAN)
@bp.output(RemedyOut)
def cancel_remedy(number: str) -> RemedyOut:
    """Call off a remedy that no station is at now."""
    session = current_session()
    return queries.shown(session, services.cancel(session, number, actor=current_actor()))
