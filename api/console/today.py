"""The first page: what is wrong, what is due, and where to go."""

from api.console.blueprint import bp
from api.console.surroundings import page
from api.house import tools
from api.identity import current_actor, may_ask
from api.transaction import current_session
from fleet.applications.queries import today as applications_today
from fleet.cases.tasks import today as tasks_today
from fleet.reports import queries
from fleet.requests.queries import today as requests_today

COUNTS = "reports.summary"  # the route of the API that gives the same numbers to a program


@bp.get("/")
def today() -> str:
    """Show the numbers to who may see them all, and to anybody what waits for him."""
    db, actor = current_session(), current_actor()
    if may_ask(COUNTS):
        day = queries.summary(db, tools().settings, actor=actor)
        shown = {"waiting": day.requests, "given": day.applications, "tasks": day.tasks}
        return page("today.html", day=day, **shown)
    waiting = requests_today(db, actor=actor) if may_ask("console.requests") else None
    given = applications_today(db, actor=actor) if may_ask("console.applications") else None
    tasks = tasks_today(db, actor=actor)
    return page("today.html", day=None, waiting=waiting, given=given, tasks=tasks)
