"""Loans: what is out until a day, and for longer."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.loans import ExtendIn, LoanOut, LoanQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.custody import lending

bp = APIBlueprint("loans", __name__, url_prefix="/api/v1", tag="Loans")


@bp.get("/loans")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(LoanQuery, location="query", arg_name="query")
@bp.output(Page[LoanOut])
def list_loans(query: LoanQuery) -> Page[LoanOut]:
    """List what is lent, what is due first in front."""
    rows, mark = lending.loans(current_session(), query, actor=current_actor())
    return Page(items=[lending.shown_loan(row) for row in rows], next=mark)


@bp.get("/loans/<loan>")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(LoanOut)
def show_loan(loan: str) -> LoanOut:
    """Show what is lent, to whom and until when."""
    return lending.shown_loan(lending.loan_within(current_session(), loan, actor=current_actor()))


@bp.post("/loans/<loan>/extend")
@asks(Permission.CUSTODY_ISSUE)
@bp.input(ExtendIn, arg_name="body")
@bp.output(LoanOut)
def extend_loan(loan: str, body: ExtendIn) -> LoanOut:
    """Lend something for longer, for a reason on record."""
    session, actor = current_session(), current_actor()
    longer = lending.extend(session, loan, until=body.until, reason=body.reason, actor=actor)
    return lending.shown_loan(longer)
