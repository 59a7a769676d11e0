"""Applications: people apply and sign, heads decide, the desk reserves, prepares and hands out."""

from collections.abc import Callable

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    AgreeForm,
    ApplyForm,
    DecisionForm,
    Form,
    FormNotRight,
    HandOutForm,
    IssueFormForm,
    NothingForm,
    ReserveForm,
    answered,
    mark,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.applications import handing, kits, preparing, queries, services
from fleet.applications.lifecycle import SET_ASIDE
from fleet.applications.models import Application
from fleet.applications.reserving import reserve
from fleet.contracts.accounts import AccountKind
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationOut,
    ApplicationQuery,
    ApplicationState,
    DecisionIn,
    IssueApplicationIn,
    KitQuery,
    PhoneWish,
    ReserveIn,
    SignIn,
    SimWish,
    Term,
    Wants,
)
from fleet.contracts.labels import label
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.custody.accessory_words import names_of
from fleet.papers.services import make_paper
from fleet.requests.passing import waits_for
from fleet.requests.routing import decides


def _rows(query: ApplicationQuery) -> listing.Rows:
    rows, mark = queries.applications(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _states(one: ApplicationOut) -> tuple[str, ...]:
    return (one.state, "overdue") if one.overdue else (one.state,)


def _address(one: ApplicationOut) -> str:
    return url_for("console.application", number=one.number)


def what(wants: Wants) -> str:
    """Say in a line what is wanted."""
    phone, sim = wants.phone, wants.sim
    parts = [
        say(_("phone")) if phone else "",
        *((*phone.brands, *phone.models) if phone else ()),
        say(_("SIM")) if sim else "",
        *(sim.carriers if sim else ()),
        (sim.plan or "") if sim else "",
        label(wants.account) if wants.account else "",
        *(_accessory_names().get(word, word) for word in wants.accessories),
    ]
    return " · ".join(filter(None, parts))


def _accessory_names() -> dict[str, str]:
    """Return what the company's words mean here, read once for a page of applications."""
    if "accessory_names" not in g:
        g.accessory_names = names_of(current_session())
    return dict(g.accessory_names)


def _approver(asked: str) -> str:
    """Say whose head is asked: `head`, or `head:CODE`, as a policy has it."""
    _head, _colon, code = asked.partition(":")
    return (
        say(_("head of {department}"), department=code)
        if code
        else say(_("head of the department"))
    )


listing.add(
    Listing(
        name="applications",
        title=_("Applications"),
        search=_("Number, kit or person"),
        query=ApplicationQuery,
        permission=Permission.APPLICATIONS_READ,
        scoped=True,
        rows=_rows,
        sort="-asked_at",
        to=_address,
        new=("console.new_application", _("Apply for a phone, SIM or account")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("For whom"), lambda one: f"{one.holder.name} ({one.holder.number})"),
            Column(_("What"), lambda one: one.kit or what(one.wants), wrap=True),
            Column(_("State"), _states, badge=True),
            Column(_("Reason"), lambda one: one.reason, wrap=True),
            Column(_("Asked"), lambda one: one.asked_at, sort="asked_at"),
            Column(_("By"), lambda one: one.decide_by, sort="decide_by"),
            Column(_("Loan until"), lambda one: one.until, sort="until"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(ApplicationState)),
            Filter("term", _("Term"), listing.among(Term)),
            Filter("mine", _("Decides"), (("true", _("me")),)),
            Filter("open", _("Open"), listing.FLAG),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/applications/new")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
def new_application() -> str:
    return page("application_new.html", form=_form(), for_others=_at_the_desk())


@bp.post("/applications/new")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
def apply_for() -> Response:
    """Apply for a kit or for things, for oneself or, at the desk, for somebody."""
    form = _form()

    def do() -> Response:
        wants = _wants(form)
        given = parsed(ApplicationIn, form, wants=wants)
        made = services.make(current_session(), given, actor=current_actor())
        if made.state is ApplicationState.REQUESTED:
            flash(say(_("It is applied for; {who} decides."), who=waits_for(made)))
        else:
            flash(say(_("It is approved: nobody has to be asked.")))
        return _to(made.number)

    return answered("application_new.html", form, do, for_others=_at_the_desk())


def _form() -> ApplyForm:
    found, _mark = kits.kits(current_session(), KitQuery(limit=1000), actor=current_actor())
    form = ApplyForm(request.values)
    form.kit.choices = [("", "—"), *((kit.name, kit.title) for kit in found)]
    return form


def _at_the_desk() -> bool:
    return current_actor().reach(Permission.APPLICATIONS_ASK).everything


def _wants(form: ApplyForm) -> Wants | None:
    """Return what is ticked; a kit, or something ticked, has to be there."""
    ticked = bool(form.phone.data or form.sim.data or form.account.data)
    if ticked is bool(form.kit.data):
        mark(form, "kit", say(_("A kit, or what is ticked beneath: one of them.")))
        raise FormNotRight
    if form.account.data and form.account.data not in {*AccountKind}:
        mark(form, "account", say(_("There is no such kind of account.")))
        raise FormNotRight
    if not ticked:
        return None
    return Wants(
        phone=PhoneWish() if form.phone.data else None,
        sim=SimWish() if form.sim.data else None,
        account=AccountKind(form.account.data) if form.account.data else None,
    )


@bp.get("/applications/<number>")
@asks(Permission.APPLICATIONS_READ, scoped=True)
def application(number: str) -> str:
    """Show an application, and what the one who looks can do about it."""
    return page("application.html", **_about(_found(number)))


@bp.post("/applications/<number>/approve")
@asks(Permission.APPLICATIONS_DECIDE, scoped=True)
def approve_application(number: str) -> Response:
    return _decided(number, approve=True)


@bp.post("/applications/<number>/refuse")
@asks(Permission.APPLICATIONS_DECIDE, scoped=True)
def refuse_application(number: str) -> Response:
    return _decided(number, approve=False)


def _decided(number: str, *, approve: bool) -> Response:
    form, found = DecisionForm(), _found(number)

    def do() -> Response:
        note, actor = parsed(DecisionIn, form).note, current_actor()
        services.decide(current_session(), found, approve=approve, note=note, actor=actor)
        done = say(_("It is approved.")) if approve else say(_("It is refused."))
        flash(done)
        return _to(number)

    return _answered(form, do, found)


@bp.post("/applications/<number>/withdraw")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
def withdraw_application(number: str) -> Response:
    """Take an application back."""
    form, found = DecisionForm(), _found(number)

    def do() -> Response:
        note, actor = parsed(DecisionIn, form).note, current_actor()
        services.withdraw(current_session(), found, note=note, actor=actor)
        flash(say(_("The application is withdrawn.")))
        return _to(number)

    return _answered(form, do, found)


@bp.post("/applications/<number>/reserve")
@asks(Permission.CUSTODY_ISSUE)
def reserve_things(number: str) -> Response:
    """Set aside the best in stock, or what is named."""
    form, found = ReserveForm(), _found(number)

    def do() -> Response:
        reserve(current_session(), found, parsed(ReserveIn, form), actor=current_actor())
        flash(say(_("It is reserved.")))
        return _to(number)

    return _answered(form, do, found)


@bp.post("/applications/<number>/prepare")
@asks(Permission.CUSTODY_ISSUE)
def prepare_application(number: str) -> Response:
    """Have stations do what is open."""
    found = _found(number)

    def do() -> Response:
        done = preparing.prepare(current_session(), tools(), found, actor=current_actor())
        flash("; ".join(done.planned) or say(_("There is nothing for a station to do.")))
        return _to(number)

    return _answered(NothingForm(), do, found)


@bp.post("/applications/<number>/sign")
@asks(Permission.APPLICATIONS_ASK, scoped=True)
def sign_application(number: str) -> Response:
    """Agree to what was read; at the desk: say that it was signed on paper."""
    form, found = AgreeForm(), _found(number)

    def do() -> Response:
        is_holder = current_actor().employee_id == found.holder_id
        given = parsed(SignIn, form, on_paper=not is_holder)
        handing.sign(current_session(), found, given, actor=current_actor())
        flash(say(_("It is signed.")))
        return _to(number)

    return _answered(form, do, found)


@bp.post("/applications/<number>/form")
@asks(Permission.PAPERS_WRITE)
def make_issue_form(number: str) -> Response:
    """Make the issue form that both sign."""
    form, found = IssueFormForm(), _found(number)

    def do() -> Response:
        given = parsed(PaperIn, form, kind=PaperKind.ISSUE_FORM, subject=found.number)
        made = make_paper(current_session(), given, actor=current_actor())
        flash(say(_("{number} is made: whom it is for signs first."), number=made.number))
        return redirect(url_for("console.paper", number=made.number), code=303)

    return _answered(form, do, found)


@bp.post("/applications/<number>/issue")
@asks(Permission.CUSTODY_ISSUE)
def issue_application(number: str) -> Response:
    """Hand out what was signed for."""
    form, found = HandOutForm(), _found(number)

    def do() -> Response:
        given = parsed(IssueApplicationIn, form)
        _one, handed = handing.issue_application(
            current_session(), found, given, actor=current_actor()
        )
        flash(" ".join([say(_("It is handed out.")), *handed.warnings]))
        return _to(number)

    return _answered(form, do, found)


def _answered(form: Form, do: Callable[[], Response | str], found: Application) -> Response:
    return answered("application.html", form, do, **_about(found))


def _about(found: Application) -> dict[str, object]:
    actor, db = current_actor(), current_session()
    may, ask, issues = actor.may, Permission.APPLICATIONS_ASK, Permission.CUSTODY_ISSUE
    is_holder = actor.employee_id == found.holder_id
    is_desk = may(ask) and actor.reach(ask).everything
    is_set_aside = found.state in SET_ASIDE
    return {
        "one": queries.shown(found),
        "wanted": what(found.wanted),
        "approver": _approver,
        "decides": decides(db, found, actor),
        "is_holder": is_holder,
        "is_desk": is_desk,
        "issues": may(issues),
        "preparation": preparing.preparation(db, found, actor=actor) if is_set_aside else None,
        "agreement": handing.agreement_of(db, found) if is_set_aside else None,
        "deciding": DecisionForm(),
        "reserving": ReserveForm(),
        "handing": HandOutForm(),
        "on_form": IssueFormForm(),
    }


def _found(number: str) -> Application:
    return queries.application_within(current_session(), number, actor=current_actor())


def _to(number: str) -> Response:
    return redirect(url_for("console.application", number=number), code=303)
