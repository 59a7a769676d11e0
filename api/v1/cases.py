"""Leaving cases."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.cases import queries
from fleet.cases.services import open_leaving
from fleet.contracts.cases import LeavingIn, LeavingOut, LeavingQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.people.queries import employee

bp = APIBlueprint("cases", __name__, url_prefix="/api/v1", tag="Cases")


@bp.get("/leaving-cases")
@asks(Permission.CASES_READ, scoped=True)
@bp.input(LeavingQuery, location="query", arg_name="query")
@bp.output(Page[LeavingOut])
def list_leaving_cases(query: LeavingQuery) -> Page[LeavingOut]:
    """List leaving cases, the newest first."""
    shown, mark = queries.leaving_cases(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.get("/leaving-cases/<number>")
@asks(Permission.CASES_READ, scoped=True)
@bp.output(LeavingOut)
def show_leaving_case(number: str) -> LeavingOut:
    """Show a leaving case: what is held, what is done, what is left to do."""
    session = current_session()
    case = queries.leaving_case(session, number, actor=current_actor())
    return queries.shown_case(session, case)


@bp.post("/leaving-cases")
@asks(Permission.CASES_OPEN)
@bp.input(LeavingIn, arg_name="body")
@bp.output(LeavingOut, status_code=201)
def open_leaving_case(body: LeavingIn) -> LeavingOut:
    """Begin the return of everything a person holds; with `plan_only` show what that would be."""
    session, actor = current_session(), current_actor()
    leaver = employee(session, body.employee)
    successor = employee(session, body.successor) if body.successor else None
    if body.plan_only:
        return queries.plan_leaving(session, leaver, by=body.by, successor=successor, actor=actor)
    case = open_leaving(session, tools(), leaver, by=body.by, successor=successor, actor=actor)
    return queries.shown_case(session, case)
