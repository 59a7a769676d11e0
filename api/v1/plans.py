"""Plans: what backups take of phones, in versions."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import (
    PlanEditedOut,
    PlanIn,
    PlanOut,
    PlanQuery,
    PlanShowQuery,
    TakenOut,
)
from fleet.contracts.wire import Page
from fleet.devices.queries import device
from fleet.plans import queries, services

bp = APIBlueprint("plans", __name__, url_prefix="/api/v1", tag="Plans")


@bp.get("/plans")
@asks(Permission.PLANS_READ)
@bp.input(PlanQuery, location="query", arg_name="query")
@bp.output(Page[PlanOut])
def list_plans(query: PlanQuery) -> Page[PlanOut]:
    """List the newest version of each plan, or every one."""
    rows, mark = queries.listed(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/plans/<name>")
@asks(Permission.PLANS_READ)
@bp.input(PlanShowQuery, location="query", arg_name="query")
@bp.output(PlanOut)
def show_plan(name: str, query: PlanShowQuery) -> PlanOut:
    """Show a version of a plan, the newest where none is named."""
    found = queries.plan(current_session(), name, query.number, actor=current_actor())
    return queries.shown(found)


@bp.post("/plans/<name>")
@asks(Permission.PLANS_WRITE)
@bp.input(PlanIn, arg_name="body")
@bp.output(PlanEditedOut, status_code=201)
def edit_plan(name: str, body: PlanIn) -> PlanEditedOut:
    """Add a version; with `dry_run`, say whether it could be carried out."""
    verb = services.foreseen if body.dry_run else services.edit_plan
    version = verb(current_session(), name, body.plan, reason=body.reason, actor=current_actor())
    return PlanEditedOut(plan=queries.shown(version), dry_run=body.dry_run)


@bp.get("/devices/<tag>/plan")
@asks(Permission.PLANS_READ)
@bp.output(TakenOut)
def taken_of(tag: str) -> TakenOut:
    """Say what a backup of a phone would take."""
    session = current_session()
    return queries.taken_shown(session, device(session, tag), actor=current_actor())
