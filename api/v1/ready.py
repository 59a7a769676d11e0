"""Is this server able to answer, and which authority vouches for it?"""

from importlib.metadata import version

from apiflask import APIBlueprint, FileSchema
from flask import Response
from sqlalchemy import text

from api.house import house
from api.transaction import short_look
from fleet.contracts.access import ReadyOut
from fleet.contracts.words import _
from fleet.errors import NotFound

bp = APIBlueprint("ready", __name__, url_prefix="/api", tag="Server")


class NoAuthority(NotFound):
    code = "no_authority"
    message = _("This server has no authority of its own.")
    advice = _("Its certificate comes from elsewhere; ask who runs it for what to trust.")


@bp.get("/ready")
@bp.output(ReadyOut)
def ready() -> ReadyOut:
    """Say whether the server and its database answer."""
    with short_look() as session:
        session.execute(text("SELECT 1"))
    return ReadyOut(status="ready", version=version("workfleet"))


@bp.get("/authority.pem")
@bp.output(FileSchema(), content_type="application/x-pem-file")
def authority() -> Response:
    """Hand out the certificate of the company's own authority, to be held against its digest."""
    path = house().settings.tls / "authority.pem"
    if not path.is_file():
        raise NoAuthority
    return Response(path.read_bytes(), mimetype="application/x-pem-file")
