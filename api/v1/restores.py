"""Restores that were done, with the identity, on somebody's machine."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.backups import restores
from fleet.backups.queries import backup_of
from fleet.contracts.permissions import Permission
from fleet.contracts.restores import RestoreIn, RestoreOut

bp = APIBlueprint("restores", __name__, url_prefix="/api/v1", tag="Restores")


@bp.post("/backups/<reference>/restores")
@asks(Permission.BACKUPS_OPEN)
@bp.input(RestoreIn, arg_name="body")
@bp.output(RestoreOut, status_code=201)
def record_restore(reference: str, body: RestoreIn) -> RestoreOut:
    """Record that a backup was restored, and say how well that is known."""
    session = current_session()
    backup = backup_of(session, reference)
    return restores.record_restore(session, tools(), backup, body, actor=current_actor())
