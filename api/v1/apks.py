"""The company's files of apps, from which stations update phones.

Bytes come in without a session; whoever sends them is asked before, and the file's signer twice.
"""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session, short_look
from api.v1.streams import pieces
from fleet.contracts.apk_files import ApkAddQuery, ApkOut, ApkQuery
from fleet.contracts.apks import ApkFile
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.remedies import apks

bp = APIBlueprint("apks", __name__, url_prefix="/api/v1", tag="Apps")


@bp.get("/apks")
@asks(Permission.APKS_READ)
@bp.input(ApkQuery, location="query", arg_name="query")
@bp.output(Page[ApkOut])
def list_apks(query: ApkQuery) -> Page[ApkOut]:
    """List the files of apps, the newest first."""
    rows, mark = apks.apks(current_session(), query, actor=current_actor())
    return Page(items=[apks.shown(row) for row in rows], next=mark)


@bp.put("/apks")
@asks(Permission.APKS_WRITE)
@bp.input(ApkAddQuery, location="query", arg_name="query")
@bp.output(ApkOut)
def add_apk(query: ApkAddQuery) -> ApkOut:
    """Add a file, sent as the body; refused unless its signer is known, or trusted by security."""
    actor = current_actor()
    apks.require_may_add(query, actor=actor)

    def judge(read: ApkFile) -> None:
        with short_look() as session:
            apks.require_known_signer(session, read, query, actor=actor)

    read = apks.receive(tools(), pieces(), query, judge)
    return apks.shown(apks.add(current_session(), tools(), read, query, actor=actor))


@bp.get("/apks/<reference>")
@asks(Permission.APKS_READ)
@bp.output(ApkOut)
def show_apk(reference: str) -> ApkOut:
    """Show the file with a digest, or with the beginning of one."""
    return apks.shown(apks.apk(current_session(), reference, actor=current_actor()))


@bp.post("/apks/<reference>/remove")
@asks(Permission.APKS_WRITE)
@bp.output(ApkOut)
def remove_apk(reference: str) -> ApkOut:
    """Delete a file that no remedy waits for."""
    return apks.shown(apks.remove(current_session(), tools(), reference, actor=current_actor()))
