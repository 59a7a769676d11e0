"""Change requests: asked for, decided, appointed, and the new value handed over."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import (
    AppointIn,
    DelegateIn,
    DelegationOut,
    DelegationQuery,
    Handed,
    HandedOverOut,
    HandOverIn,
    RequestIn,
    RequestOut,
    RequestQuery,
    RequestsTodayOut,
    VerdictIn,
)
from fleet.contracts.wire import Page
from fleet.requests import appointments, delegating, handing, queries, services
from fleet.requests.models import ChangeRequest
from fleet.stations.queries import station_named

bp = APIBlueprint("requests", __name__, url_prefix="/api/v1", tag="Requests")


@bp.get("/requests")
@asks(Permission.REQUESTS_READ, scoped=True)
@bp.input(RequestQuery, location="query", arg_name="query")
@bp.output(Page[RequestOut])
def list_requests(query: RequestQuery) -> Page[RequestOut]:
    """List change requests, the newest first."""
    rows, mark = queries.requests(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.post("/requests")
@asks(Permission.REQUESTS_ASK, scoped=True)
@bp.input(RequestIn, arg_name="body")
@bp.output(RequestOut, status_code=201)
def ask_for_change(body: RequestIn) -> RequestOut:
    """Ask for a change of what one holds, or on behalf of who holds it."""
    asked = services.ask(
        current_session(),
        tools(),
        body.kind,
        body.subject,
        reason=body.reason,
        actor=current_actor(),
    )
    return queries.shown(asked)


@bp.get("/requests/today")
@asks(Permission.REQUESTS_READ, scoped=True)
@bp.output(RequestsTodayOut)
def requests_today() -> RequestsTodayOut:
    """Count what waits for whoever asks."""
    return queries.today(current_session(), actor=current_actor())


@bp.get("/requests/<number>")
@asks(Permission.REQUESTS_READ, scoped=True)
@bp.output(RequestOut)
def show_request(number: str) -> RequestOut:
    """Show a request: for whom it waits, what became of it, and what comes next."""
    return queries.shown(_request(number))


@bp.post("/requests/<number>/approve")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
@bp.input(VerdictIn, arg_name="body")
@bp.output(RequestOut)
def approve_request(number: str, body: VerdictIn) -> RequestOut:
    """Approve a request that waits for oneself."""
    return _decided(number, body, approve=True)


@bp.post("/requests/<number>/refuse")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
@bp.input(VerdictIn, arg_name="body")
@bp.output(RequestOut)
def refuse_request(number: str, body: VerdictIn) -> RequestOut:
    """Refuse a request that waits for oneself."""
    return _decided(number, body, approve=False)


@bp.post("/requests/<number>/withdraw")
@asks(Permission.REQUESTS_ASK, scoped=True)
@bp.input(VerdictIn, arg_name="body")
@bp.output(RequestOut)
def withdraw_request(number: str, body: VerdictIn) -> RequestOut:
    """Take a request back."""
    request = _request(number)
    services.withdraw(current_session(), tools(), request, note=body.note, actor=current_actor())
    return queries.shown(request)


@bp.post("/requests/<number>/appoint")
@asks(Permission.REQUESTS_APPOINT, scoped=True)
@bp.input(AppointIn, arg_name="body")
@bp.output(RequestOut)
def appoint_request(number: str, body: AppointIn) -> RequestOut:
    """Propose a station and a time, or settle them: the change is planned for then."""
    session, request = current_session(), _request(number)
    station = station_named(session, body.station) if body.station else None
    appointments.appoint(
        session, tools(), request, station=station, at=body.at, actor=current_actor()
    )
    return queries.shown(request)


@bp.post("/requests/<number>/hand-over")
@asks(Permission.REQUESTS_HAND_OVER, scoped=True)
@bp.input(HandOverIn, arg_name="body")
@bp.output(HandedOverOut)
def hand_over_value(number: str, body: HandOverIn) -> HandedOverOut:
    """Give the value to its holder, once: shown to himself, or for a slip that IT prints."""
    request, how = _request(number), Handed.SLIP if body.slip else Handed.SHOWN
    shown = handing.hand_over(current_session(), tools(), request, how=how, actor=current_actor())
    return handing.handed_over(request, shown)


@bp.get("/delegations")
@asks(Permission.REQUESTS_READ, scoped=True)
@bp.input(DelegationQuery, location="query", arg_name="query")
@bp.output(Page[DelegationOut])
def list_delegations(query: DelegationQuery) -> Page[DelegationOut]:
    """List who decides in whose place, the latest first."""
    rows, mark = queries.delegations(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown_delegation(row) for row in rows], next=mark)


@bp.post("/delegations")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
@bp.input(DelegateIn, arg_name="body")
@bp.output(DelegationOut, status_code=201)
def make_delegation(body: DelegateIn) -> DelegationOut:
    """Have somebody else decide in one's own place for a time."""
    session = current_session()
    made = delegating.delegate(
        session,
        body.delegate,
        begins_at=body.begins_at,
        ends_at=body.ends_at,
        reason=body.reason,
        actor=current_actor(),
    )
    return queries.shown_delegation(made)


@bp.post("/delegations/<delegation_id>/end")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
@bp.output(DelegationOut)
def end_delegation(delegation_id: str) -> DelegationOut:
    """Decide oneself again, before the delegation ends by its date."""
    ended = delegating.end_delegation(current_session(), delegation_id, actor=current_actor())
    return queries.shown_delegation(ended)


def _request(number: str) -> ChangeRequest:
    return queries.request_within(current_session(), number, actor=current_actor())


def _decided(number: str, body: VerdictIn, *, approve: bool) -> RequestOut:
    request = _request(number)
    services.decide(
        current_session(), request, approve=approve, note=body.note, actor=current_actor()
    )
    return queries.shown(request)
