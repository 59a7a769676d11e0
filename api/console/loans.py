"""Loans: what is out until a day, and for longer."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import ExtendForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.loans import ExtendIn, LoanOut, LoanQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.custody import lending


def _rows(query: LoanQuery) -> listing.Rows:
    rows, mark = lending.loans(current_session(), query, actor=current_actor())
    return [lending.shown_loan(row) for row in rows], mark


def _address(one: LoanOut) -> str:
    return url_for("console.loan", loan=one.id)


def _days(one: LoanOut) -> tuple[str, ...]:
    return ("overdue",) if one.overdue else ()


listing.add(
    Listing(
        name="loans",
        title=_("Loans"),
        search=_("Tag, handle, number or person"),
        query=LoanQuery,
        permission=Permission.CUSTODY_READ,
        scoped=True,
        rows=_rows,
        sort="due_on",
        to=_address,
        columns=(
            Column(_("Thing"), lambda one: one.name),
            Column(_("What"), lambda one: one.thing),
            Column(
                _("Holder"),
                lambda one: f"{one.holder.name} ({one.holder.number})",
                to=lambda one: links.person(one.holder),
            ),
            Column(_("Department"), lambda one: one.department),
            Column(_("Since"), lambda one: one.issued_at, sort="issued_at"),
            Column(_("Due on"), lambda one: one.due_on, sort="due_on"),
            Column(_("Days left"), lambda one: one.days_left),
            Column(_("State"), _days, badge=True),
        ),
        filters=(
            Filter("overdue", _("Overdue"), listing.FLAG),
            Filter("soon", _("Due soon"), listing.FLAG),
        ),
    )
)


@bp.get("/loans/<loan>")
@asks(Permission.CUSTODY_READ, scoped=True)
def loan(loan: str) -> str:
    """Show a loan, and at the desk a way to make it longer."""
    return page("loan.html", form=ExtendForm(), one=_shown(loan))


@bp.post("/loans/<loan>/extend")
@asks(Permission.CUSTODY_ISSUE)
def extend_loan(loan: str) -> Response:
    form, one = ExtendForm(), _shown(loan)

    def do() -> Response:
        given = parsed(ExtendIn, form)
        db, actor = current_session(), current_actor()
        lending.extend(db, loan, until=given.until, reason=given.reason, actor=actor)
        flash(say(_("It is lent until {day} now."), day=given.until.isoformat()))
        return redirect(url_for("console.loan", loan=loan), code=303)

    return answered("loan.html", form, do, one=one)


def _shown(name: str) -> LoanOut:
    return lending.shown_loan(lending.loan_within(current_session(), name, actor=current_actor()))
