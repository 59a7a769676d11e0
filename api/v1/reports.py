"""Numbers over the whole fleet."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.reports import SummaryOut
from fleet.reports import queries

bp = APIBlueprint("reports", __name__, url_prefix="/api/v1", tag="Reports")


@bp.get("/summary")
@asks(Permission.DEVICES_READ)
@bp.output(SummaryOut)
def summary() -> SummaryOut:
    """Show the numbers that the IT desk begins its day with."""
    return queries.summary(current_session(), tools().settings, actor=current_actor())
