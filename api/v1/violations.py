"""Drafts of violations: seen by those concerned, the heads above them, supervisors, auditors."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.conduct import queries, services
from fleet.contracts.permissions import Permission
from fleet.contracts.violations import ViolationDecisionIn, ViolationOut, ViolationQuery
from fleet.contracts.wire import Page

bp = APIBlueprint("violations", __name__, url_prefix="/api/v1", tag="Violations")


@bp.get("/violations")
@asks(Permission.VIOLATIONS_READ, scoped=True)
@bp.input(ViolationQuery, location="query", arg_name="query")
@bp.output(Page[ViolationOut])
def list_violations(query: ViolationQuery) -> Page[ViolationOut]:
    """List drafts of violations, the newest first."""
    rows, mark = queries.violations(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/violations/<number>")
@asks(Permission.VIOLATIONS_READ, scoped=True)
@bp.output(ViolationOut)
def show_violation(number: str) -> ViolationOut:
    """Show a draft of a violation."""
    return queries.shown(queries.violation(current_session(), number, actor=current_actor()))


@bp.post("/violations/<number>/dismiss")
@asks(Permission.VIOLATIONS_DECIDE, scoped=True)
@bp.input(ViolationDecisionIn, arg_name="body")
@bp.output(ViolationOut)
def dismiss(number: str, body: ViolationDecisionIn) -> ViolationOut:
    """Say that a draft is no violation, and why."""
    session, actor = current_session(), current_actor()
    return queries.shown(services.dismiss(session, number, reason=body.reason, actor=actor))


@bp.post("/violations/<number>/keep")
@asks(Permission.VIOLATIONS_DECIDE, scoped=True)
@bp.input(ViolationDecisionIn, arg_name="body")
@bp.output(ViolationOut)
def keep(number: str, body: ViolationDecisionIn) -> ViolationOut:
    """Keep a draft for a hearing."""
    session, actor = current_session(), current_actor()
    return queries.shown(services.keep(session, number, reason=body.reason, actor=actor))
