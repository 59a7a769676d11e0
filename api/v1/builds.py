"""Builds of phones: whose lock tools can be believed."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.builds import queries, services
from fleet.contracts.builds import BuildDetailOut, BuildOut, BuildQuery, ResetBuildIn
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page

bp = APIBlueprint("builds", __name__, url_prefix="/api/v1", tag="Builds")


@bp.get("/builds")
@asks(Permission.ROTATIONS_READ)
@bp.input(BuildQuery, location="query", arg_name="query")
@bp.output(Page[BuildOut])
def list_builds(query: BuildQuery) -> Page[BuildOut]:
    """List builds and what their lock tools are believed."""
    rows, mark = queries.builds(current_session(), query, actor=current_actor())
    return Page(items=rows, next=mark)


@bp.get("/builds/<build_id>")
@asks(Permission.ROTATIONS_READ)
@bp.output(BuildDetailOut)
def show_build(build_id: str) -> BuildDetailOut:
    """Show what visits have shown of a build, and the phones that have it."""
    session = current_session()
    build = queries.build_of(session, build_id)
    return queries.detail(session, build, actor=current_actor())


@bp.post("/builds/<build_id>/reset")
@asks(Permission.BUILDS_RESET)
@bp.input(ResetBuildIn, arg_name="body")
@bp.output(BuildDetailOut)
def reset_build(build_id: str, body: ResetBuildIn) -> BuildDetailOut:
    """Forget what was found out about a build, as after an update; the evidence is kept."""
    session, actor = current_session(), current_actor()
    build = queries.build_of(session, build_id)
    services.reset_build(session, build, reason=body.reason, actor=actor)
    return queries.detail(session, build, actor=actor)
