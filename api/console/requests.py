"""Change requests: an employee asks and sees his own, a head decides, the holder sees the value."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import (
    AppointForm,
    ChangeForm,
    DecisionForm,
    Form,
    NothingForm,
    answered,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import (
    AppointIn,
    Handed,
    RequestIn,
    RequestOut,
    RequestQuery,
    RequestState,
    VerdictIn,
)
from fleet.contracts.words import _, say
from fleet.requests import appointments, handing, queries, services
from fleet.requests.models import ChangeRequest
from fleet.requests.passing import waits_for
from fleet.requests.routing import decides
from fleet.stations.queries import station_named


def _rows(query: RequestQuery) -> listing.Rows:
    rows, mark = queries.requests(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _states(one: RequestOut) -> tuple[str, ...]:
    return (one.state, "overdue") if one.overdue else (one.state,)


def _address(one: RequestOut) -> str:
    return url_for("console.change_request", number=one.number)


listing.add(
    Listing(
        name="requests",
        title=_("Change requests"),
        search=_("Number, tag, handle or person"),
        query=RequestQuery,
        permission=Permission.REQUESTS_READ,
        scoped=True,
        rows=_rows,
        sort="-asked_at",
        to=_address,
        new=("console.new_request", _("Ask for a change")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Subject"), lambda one: one.subject),
            Column(_("What"), lambda one: one.kind),
            Column(
                _("Holder"),
                lambda one: f"{one.holder.name} ({one.holder.number})",
                to=lambda one: links.person(one.holder),
            ),
            Column(_("State"), _states, badge=True),
            Column(_("Reason"), lambda one: one.reason, wrap=True),
            Column(_("Until"), lambda one: one.decide_by, sort="decide_by"),
            Column(_("Appointment"), lambda one: one.appointed_for, sort="appointed_for"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(RequestState)),
            Filter("mine", _("Decides"), (("true", _("me")),)),
            Filter("overdue", _("Overdue"), listing.FLAG),
            Filter("to_hand_over", _("Values to hand over"), listing.FLAG),
        ),
    )
)


@bp.get("/requests/new")
@asks(Permission.REQUESTS_ASK, scoped=True)
def new_request() -> str:
    return page("request_new.html", form=ChangeForm(request.args))


@bp.post("/requests/new")
@asks(Permission.REQUESTS_ASK, scoped=True)
def ask_request() -> Response:
    """Ask for a change of what one holds, or on behalf of who holds it."""
    form = ChangeForm()

    def do() -> Response:
        given = parsed(RequestIn, form)
        db, actor = current_session(), current_actor()
        asked = services.ask(
            db, tools(), given.kind, given.subject, reason=given.reason, actor=actor
        )
        flash(say(_("It is asked for; {who} decides."), who=waits_for(asked)))
        return _to(asked.number)

    return answered("request_new.html", form, do)


@bp.get("/requests/<number>")
@asks(Permission.REQUESTS_READ, scoped=True)
def change_request(number: str) -> str:
    """Show a request, and what the one who looks can do about it."""
    return page("request.html", **_about(_asked(number)))


@bp.post("/requests/<number>/approve")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
def approve_request(number: str) -> Response:
    return _decided(number, approve=True)


@bp.post("/requests/<number>/refuse")
@asks(Permission.REQUESTS_DECIDE, scoped=True)
def refuse_request(number: str) -> Response:
    return _decided(number, approve=False)


@bp.post("/requests/<number>/withdraw")
@asks(Permission.REQUESTS_ASK, scoped=True)
def withdraw_request(number: str) -> Response:
    """Take a request back."""
    form, asked = DecisionForm(), _asked(number)

    def do() -> Response:
        note, actor = parsed(VerdictIn, form).note, current_actor()
        services.withdraw(current_session(), tools(), asked, note=note, actor=actor)
        flash(say(_("The request is withdrawn.")))
        return _to(number)

    return _answered(form, do, asked)


@bp.post("/requests/<number>/appoint")
@asks(Permission.REQUESTS_APPOINT, scoped=True)
def appoint_request(number: str) -> Response:
    """Propose a station and a time, or settle what was proposed."""
    form, asked = AppointForm(), _asked(number)

    def do() -> Response:
        given = parsed(AppointIn, form, at=_moment(form.at.data))
        db, actor = current_session(), current_actor()
        station = station_named(db, given.station) if given.station else None
        appointments.appoint(db, tools(), asked, station=station, at=given.at, actor=actor)
        flash(say(_("The appointment is noted.")))
        return _to(number)

    return _answered(form, do, asked)


@bp.post("/requests/<number>/hand-over")
@asks(Permission.REQUESTS_HAND_OVER, scoped=True)
def hand_over(number: str) -> Response:
    """Show the value to its holder, once; it is in this answer and in no address."""
    asked = _asked(number)

    def do() -> str:
        db, actor = current_session(), current_actor()
        shown = handing.hand_over(db, tools(), asked, how=Handed.SHOWN, actor=actor)
        return page("handed_over.html", handed=handing.handed_over(asked, shown))

    return _answered(NothingForm(), do, asked)


def _decided(number: str, *, approve: bool) -> Response:
    form, asked = DecisionForm(), _asked(number)

    def do() -> Response:
        note, actor = parsed(VerdictIn, form).note, current_actor()
        services.decide(current_session(), asked, approve=approve, note=note, actor=actor)
        flash(say(_("The request is approved.")) if approve else say(_("The request is refused.")))
        return _to(number)

    return _answered(form, do, asked)


def _answered(form: Form, do: Callable[[], Response | str], asked: ChangeRequest) -> Response:
    """Do what a form of this page asks; what was typed stays in the form that was sent."""
    return answered("request.html", form, do, **_about(asked, form))


def _about(asked: ChangeRequest, sent: Form | None = None) -> dict[str, object]:
    actor = current_actor()
    permission, handing_over = Permission.REQUESTS_APPOINT, Permission.REQUESTS_HAND_OVER
    return {
        "prints": actor.may(handing_over) and actor.reach(handing_over).everything,
        "asked": queries.shown(asked),
        "decides": decides(current_session(), asked, actor),
        "is_holder": actor.employee_id == asked.holder_id,
        "settles": actor.may(permission) and actor.reach(permission).everything,
        "deciding": sent if isinstance(sent, DecisionForm) else DecisionForm(formdata=None),
        "appointing": sent if isinstance(sent, AppointForm) else AppointForm(formdata=None),
    }


def _asked(number: str) -> ChangeRequest:
    return queries.request_within(current_session(), number, actor=current_actor())


def _to(number: str) -> Response:
    return redirect(url_for("console.change_request", number=number), code=303)


def _moment(typed: datetime | None) -> datetime | None:
    """Take a moment as it is on the clock of the server's place."""
    return typed.astimezone() if typed else None
