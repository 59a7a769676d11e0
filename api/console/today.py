"""The first page: what is wrong, what is due, and where to go."""

from api.console.blueprint import bp
from api.console.surroundings import page
from api.identity import current_actor, may_ask
from api.transaction import current_session
from fleet.reports import queries

COUNTS = "reports.summary"  # the route of the API that gives the same numbers to a program


@bp.get("/")
def today() -> str:
    """Show the numbers to who may see them all, and to anybody where he can go."""
    if not may_ask(COUNTS):
        return page("today.html", day=None)
    return page("today.html", day=queries.summary(current_session(), actor=current_actor()))
