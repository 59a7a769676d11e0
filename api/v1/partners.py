"""Partners: companies whose people are in our groups."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.contracts.people import (
    PartnerCorrectIn,
    PartnerIn,
    PartnerOut,
    PartnerQuery,
    PartnerStateIn,
    corrections,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import LookQuery, Page
from fleet.people import partners
from fleet.people.models import Department
from fleet.people.queries import department

bp = APIBlueprint("partners", __name__, url_prefix="/api/v1", tag="Partners")


@bp.get("/partners")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.input(PartnerQuery, location="query", arg_name="query")
@bp.output(Page[PartnerOut])
def list_partners(query: PartnerQuery) -> Page[PartnerOut]:
    """List partners."""
    rows, mark = partners.partners(current_session(), query, actor=current_actor())
    return Page(items=[partners.shown(row) for row in rows], next=mark)


@bp.post("/partners")
@asks(Permission.PEOPLE_WRITE)
@bp.input(PartnerIn, arg_name="body")
@bp.output(PartnerOut, status_code=201)
def add_partner(body: PartnerIn) -> PartnerOut:
    """Register a partner."""
    added = partners.add_partner(
        current_session(),
        name=body.name,
        contact=body.contact,
        number=body.number,
        department=_department(body.department),
        actor=current_actor(),
    )
    return partners.shown(added)


@bp.get("/partners/<name>")
@asks(Permission.PEOPLE_READ, scoped=True)
@bp.output(PartnerOut)
def show_partner(name: str) -> PartnerOut:
    """Show a partner, and how the cooperation stands."""
    found = partners.partner_within(current_session(), name, actor=current_actor())
    return partners.shown(found)


@bp.post("/partners/<name>/correct")
@asks(Permission.PEOPLE_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(PartnerCorrectIn, arg_name="body")
@bp.output(PartnerOut)
def correct_partner(name: str, look: LookQuery, body: PartnerCorrectIn) -> PartnerOut:
    """Correct who speaks for a partner, or which department deals with it."""
    with tried(dry_run=look.dry_run) as session:
        changes = corrections(body)
        found = partners.partner(session, name)
        if body.department:
            changes["department"] = _department(body.department)
        partners.correct_partner(session, found, changes, actor=current_actor())
        return partners.shown(found)


@bp.post("/partners/<name>/state")
@asks(Permission.PEOPLE_WRITE)
@bp.input(PartnerStateIn, arg_name="body")
@bp.output(PartnerOut)
def judge_partner(name: str, body: PartnerStateIn) -> PartnerOut:
    """Warn a partner, end the cooperation, or take it up again (clause G13)."""
    session = current_session()
    found = partners.partner(session, name)
    told = {"state": body.state, "reason": body.reason}
    partners.judge_partner(session, found, **told, actor=current_actor())  # type: ignore[arg-type]
    return partners.shown(found)


def _department(code: str | None) -> Department | None:
    return department(current_session(), code) if code else None
