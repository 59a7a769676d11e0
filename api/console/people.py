"""Employees, departments, partners; what the company's list proposes; and names of accounts."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import NicknameForm, ReasonForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.accounts import AccountKind
from fleet.contracts.directory import (
    ProposalKind,
    ProposalOut,
    ProposalQuery,
    ProposalState,
    SaidOut,
    WhyIn,
)
from fleet.contracts.labels import label
from fleet.contracts.naming import AgreeIn, DeviationOut, DeviationQuery, DeviationState
from fleet.contracts.people import EmployeeQuery, PartnerOut, PartnerQuery, PartnerState
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import EMPLOYEES
from fleet.contracts.wire import ListQuery
from fleet.contracts.words import _, language, say
from fleet.directory import queries as directory
from fleet.directory import services as deciding
from fleet.directory.models import Proposal
from fleet.naming import queries as naming
from fleet.naming import services as agreeing
from fleet.naming.models import Deviation
from fleet.people import partners, posts, queries
from fleet.people.models import Department, Employee, Status


def _employees(query: EmployeeQuery) -> listing.Rows:
    return queries.employees(current_session(), query, actor=current_actor())


def _to_employee(one: Employee) -> str:
    return url_for("console.employee", number=one.number)


listing.add(
    Listing(
        name="employees",
        title=_("Employees"),
        search=_("Number or name"),
        query=EmployeeQuery,
        permission=Permission.PEOPLE_READ,
        rows=_employees,
        sort="number",
        scoped=True,
        to=_to_employee,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("Department"), lambda one: one.department.name),
            Column(_("Position"), lambda one: one.position),
            Column(_("Status"), lambda one: one.status, badge=True),
            Column(_("Joined on"), lambda one: one.joined_on, sort="joined_on"),
            Column(_("Leaves on"), lambda one: one.leaves_on, sort="leaves_on"),
        ),
        filters=(Filter("status", _("Status"), listing.among(Status)),),
    )
)


@bp.get("/employees/<number>")
@asks(Permission.PEOPLE_READ, scoped=True)
def employee(number: str) -> str:
    """Show an employee with every post, now and before."""
    session = current_session()
    found = queries.employee_within(session, number, actor=current_actor())
    return page("employee.html", one=found, posts=posts.shown_posts(session, found).posts)


def _departments(query: ListQuery) -> listing.Rows:
    return queries.departments(current_session(), query, actor=current_actor())


def _to_people(one: Department) -> str:
    return url_for("console.employees", department=one.code)


listing.add(
    Listing(
        name="departments",
        title=_("Departments"),
        search=_("Code or name"),
        query=ListQuery,
        permission=Permission.PEOPLE_READ,
        rows=_departments,
        sort="code",
        scoped=True,
        to=_to_people,
        columns=(
            Column(_("Code"), lambda one: one.code, sort="code"),
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("Above it"), lambda one: one.parent and one.parent.name),
            Column(_("Head"), lambda one: _person(one.head)),
            Column(_("First responsible"), lambda one: _person(one.responsible)),
        ),
    )
)


def _person(one: Employee | None) -> str:
    return f"{one.name} ({one.number})" if one else ""


def _partners(query: PartnerQuery) -> listing.Rows:
    rows, mark = partners.partners(current_session(), query, actor=current_actor())
    return [partners.shown(row) for row in rows], mark


def _to_partner(one: PartnerOut) -> str:
    return url_for("console.partners", q=one.name)


listing.add(
    Listing(
        name="partners",
        title=_("Partners"),
        search=_("Name or contact"),
        query=PartnerQuery,
        permission=Permission.PEOPLE_READ,
        rows=_partners,
        sort="name",
        scoped=True,
        to=_to_partner,
        columns=(
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("Contact"), lambda one: one.contact),
            Column(_("Telephone"), lambda one: one.number),
            Column(_("Department"), lambda one: one.department),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("State since"), lambda one: one.state_since, sort="state_since"),
            Column(_("Why"), lambda one: one.because, wrap=True),
        ),
        filters=(Filter("state", _("State"), listing.among(PartnerState)),),
    )
)


def _proposals(query: ProposalQuery) -> listing.Rows:
    rows, mark = directory.proposals(current_session(), query, actor=current_actor())
    return [directory.shown(row) for row in rows], mark


def _to_proposal(one: ProposalOut) -> str:
    return url_for("console.proposal", number=one.number)


def _said(one: ProposalOut) -> list[str]:
    return [_change(said) for said in one.said]


def _change(one: SaidOut) -> str:
    name = EMPLOYEES.column(one.column).header(language())
    return f"{name}: {one.old} → {one.new}" if one.old else f"{name}: {one.new}"


listing.add(
    Listing(
        name="proposals",
        title=_("What the list of people proposes"),
        search=_("Number or name"),
        query=ProposalQuery,
        permission=Permission.DIRECTORY_READ,
        rows=_proposals,
        sort="number",
        to=_to_proposal,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("What"), lambda one: one.kind, badge=True),
            Column(_("Name"), lambda one: f"{one.name} ({one.employee})", sort="name"),
            Column(_("Department"), lambda one: one.department, sort="department"),
            Column(_("What it says"), _said, wrap=True),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Proposed"), lambda one: one.proposed_at, sort="proposed_at"),
        ),
        filters=(
            Filter("kind", _("What"), listing.among(ProposalKind)),
            Filter("state", _("State"), listing.among(ProposalState)),
        ),
    )
)


@bp.get("/proposals/<number>")
@asks(Permission.DIRECTORY_READ)
def proposal(number: str) -> str:
    """Show a proposal, and what the one who looks can do about it."""
    return page("proposal.html", form=ReasonForm(), **_about(_proposal(number)))


@bp.post("/proposals/<number>/accept")
@asks(Permission.DIRECTORY_SYNC)
def accept_proposal(number: str) -> Response:
    """Do what a proposal says."""
    found = _proposal(number)

    def do() -> Response:
        session, actor = current_session(), current_actor()
        deciding.accept(session, tools(), found, by=None, actor=actor)
        return _decided(_("{number} is accepted."), number)

    return answered("proposal.html", ReasonForm(formdata=None), do, **_about(found))


@bp.post("/proposals/<number>/dismiss")
@asks(Permission.DIRECTORY_SYNC)
def dismiss_proposal(number: str) -> Response:
    """Leave the register as it is."""
    form, found = ReasonForm(), _proposal(number)

    def do() -> Response:
        reason = parsed(WhyIn, form).reason
        deciding.dismiss(current_session(), found, reason=reason, actor=current_actor())
        return _decided(_("{number} is dismissed."), number)

    return answered("proposal.html", form, do, **_about(found))


def _decided(told: str, number: str) -> Response:
    flash(say(told, number=number))
    return redirect(url_for("console.proposals"), code=303)


def _about(found: Proposal) -> dict[str, Any]:
    shown = directory.shown(found)
    return {"one": shown, "said": _said(shown)}


def _proposal(number: str) -> Proposal:
    return directory.proposal(current_session(), number, actor=current_actor())


def _deviations(query: DeviationQuery) -> listing.Rows:
    return naming.deviations(current_session(), query, actor=current_actor())


def _to_deviation(one: DeviationOut) -> str:
    return url_for("console.deviation", number=one.number)


listing.add(
    Listing(
        name="deviations",
        title=_("Accounts named otherwise than their rules say"),
        search=_("Number, handle or nickname"),
        query=DeviationQuery,
        permission=Permission.ACCOUNTS_READ,
        rows=_deviations,
        sort="due_at",
        scoped=True,
        to=_to_deviation,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Account"), lambda one: one.account),
            Column(_("Holder"), lambda one: one.holder and one.holder.name),
            Column(_("Nickname"), lambda one: one.nickname),
            Column(_("What deviates"), lambda one: [label(fault) for fault in one.faults]),
            Column(_("Is to be"), lambda one: one.wanted or one.proposed),
            Column(_("State"), lambda one: "overdue" if one.overdue else one.state, badge=True),
            Column(_("Due"), lambda one: one.due_at, sort="due_at"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(DeviationState)),
            Filter("kind", _("Kind"), listing.among(AccountKind)),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/deviations/<number>")
@asks(Permission.ACCOUNTS_READ, scoped=True)
def deviation(number: str) -> str:
    """Show a deviation, and what the one who looks can do about it."""
    return page("deviation.html", form=NicknameForm(), one=_shown(_deviation(number)))


@bp.post("/deviations/<number>/accept")
@asks(Permission.ACCOUNTS_WRITE)
def agree_on_name(number: str) -> Response:
    """Settle what an account is to be called."""
    form = NicknameForm()

    def do(found: Deviation) -> str:
        nickname = parsed(AgreeIn, form).nickname
        agreeing.agree(current_session(), found, nickname, actor=current_actor())
        return say(_("{account} is to be called {nickname}."), **_names(found))

    return _done(number, form, do)


@bp.post("/deviations/<number>/done")
@asks(Permission.ACCOUNTS_WRITE)
def note_name_set(number: str) -> Response:
    """Note that somebody says the nickname was set; a picture of it comes by the command line."""

    def do(found: Deviation) -> str:
        agreeing.note_set(current_session(), found, picture=None, actor=current_actor())
        return say(_("{account} is called {nickname} ({level})."), **_names(found))

    return _done(number, NicknameForm(formdata=None), do)


def _names(found: Deviation) -> dict[str, str | None]:
    level = label(found.level.value) if found.level else None
    return {"account": found.account.handle, "nickname": found.wanted, "level": level}


def _done(number: str, form: NicknameForm, do: Callable[[Deviation], str]) -> Response:
    found = _deviation(number)

    def told() -> Response:
        flash(do(found))
        return redirect(url_for("console.deviation", number=number), code=303)

    return answered("deviation.html", form, told, one=_shown(found))


def _deviation(number: str) -> Deviation:
    return naming.deviation(current_session(), number, actor=current_actor())


def _shown(found: Deviation) -> DeviationOut:
    [shown] = naming.shown(current_session(), [found])
    return shown
