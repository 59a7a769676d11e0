"""Search over everything, and saved views of lists."""

from apiflask import APIBlueprint

from api.identity import current_actor
from api.transaction import current_session
from fleet.contracts.search import SearchOut, SearchQuery
from fleet.contracts.views import ShareIn, ViewIn, ViewOut, ViewQuery
from fleet.contracts.wire import Page
from fleet.finder import queries as finder
from fleet.views import queries, services

bp = APIBlueprint("search", __name__, url_prefix="/api/v1", tag="Search")


@bp.get("/search")
@bp.input(SearchQuery, location="query", arg_name="query")
@bp.output(SearchOut)
def search(query: SearchQuery) -> SearchOut:
    """Find anything by what people say: of each kind what whoever asks may list."""
    return finder.search(current_session(), query, actor=current_actor())


@bp.get("/views")
@bp.input(ViewQuery, location="query", arg_name="query")
@bp.output(Page[ViewOut])
def list_views(query: ViewQuery) -> Page[ViewOut]:
    """List one's own views of lists, and those that others share."""
    actor = current_actor()
    rows, mark = queries.views(current_session(), query, actor=actor)
    return Page(items=[queries.shown(row, actor=actor) for row in rows], next=mark)


@bp.post("/views")
@bp.input(ViewIn, arg_name="body")
@bp.output(ViewOut, status_code=201)
def save_view(body: ViewIn) -> ViewOut:
    """Save what is asked of a list under a name."""
    actor = current_actor()
    return queries.shown(services.save_view(current_session(), body, actor=actor), actor=actor)


@bp.get("/views/<name>")
@bp.output(ViewOut)
def show_view(name: str) -> ViewOut:
    """Show a view of one's own, or a shared one: "name", or "owner:name"."""
    actor = current_actor()
    return queries.shown(queries.view(current_session(), name, actor=actor), actor=actor)


@bp.post("/views/<name>/share")
@bp.input(ShareIn, arg_name="body")
@bp.output(ViewOut)
def share_view(name: str, body: ShareIn) -> ViewOut:
    """Show a view of one's own to everybody, or to nobody else any more."""
    actor = current_actor()
    found = services.share_view(current_session(), name, shared=body.shared, actor=actor)
    return queries.shown(found, actor=actor)


@bp.post("/views/<name>/remove")
@bp.output(ViewOut)
def remove_view(name: str) -> ViewOut:
    """Remove a view of one's own."""
    actor = current_actor()
    return queries.shown(services.remove_view(current_session(), name, actor=actor), actor=actor)
