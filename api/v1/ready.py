"""Is this server able to answer?"""

from importlib.metadata import version

from apiflask import APIBlueprint
from sqlalchemy import text

from api.transaction import short_look
from fleet.contracts.access import ReadyOut

bp = APIBlueprint("ready", __name__, url_prefix="/api", tag="Server")


@bp.get("/ready")
@bp.output(ReadyOut)
def ready() -> ReadyOut:
    """Say whether the server and its database answer."""
    with short_look() as session:
        session.execute(text("SELECT 1"))
    return ReadyOut(status="ready", version=version("workfleet"))
