"""What a station itself asks: to be let in, the exchange, and to store what it has read.

Bytes come in without a session: a transaction that lasted as long as an upload would keep everybody
else from writing. Whether the station may store them is asked before and after.
"""

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session, short_look
from api.v1.streams import pieces, stored_bytes, whole
from fleet.backups import queries as backups
from fleet.backups.models import Backup
from fleet.backups.services import base_manifest as read_base
from fleet.backups.services import (
    may_store,
    receive_index,
    receive_manifest,
    receive_pack,
    receive_piece,
    store_pack,
    upload_of,
)
from fleet.contracts.backups import PackOut, StoredOut
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import (
    EnrolIn,
    EnrolOut,
    SyncIn,
    SyncOut,
    WipeStepIn,
    WipeUnderWayOut,
)
from fleet.contracts.uploads import PieceQuery, StoreQuery, UploadOut, UploadQuery
from fleet.custody import erasing
from fleet.remedies import apks
from fleet.stations import services
from fleet.stations.exchange import sync as exchange

bp = APIBlueprint("station", __name__, url_prefix="/api/v1/station", tag="Station")


@bp.post("/enrol")
@bp.input(EnrolIn, arg_name="body")
@bp.output(EnrolOut, status_code=201)
def enrol(body: EnrolIn) -> EnrolOut:
    """Make the machine that shows a one-time code a station."""
    return services.enrol(current_session(), body)


@bp.post("/sync")
@asks(Permission.STATIONS_SYNC)
@bp.input(SyncIn, arg_name="body")
@bp.output(SyncOut)
def sync(body: SyncIn) -> SyncOut:
    """Take reports and lend jobs; the same message sent again has the effect of one."""
    return exchange(current_session(), tools(), body, actor=current_actor())


@bp.get("/wipes/<job>")
@asks(Permission.STATIONS_SYNC)
@bp.output(WipeUnderWayOut)
def wipe_under_way(job: str) -> WipeUnderWayOut:
    """Say what marks the phone since which it may have been erased."""
    planted = erasing.planted_for(current_session(), job, actor=current_actor())
    return WipeUnderWayOut(planted=planted)


@bp.post("/wipes/<job>/steps")
@asks(Permission.STATIONS_SYNC)
@bp.input(WipeStepIn, arg_name="body")
@bp.output(WipeUnderWayOut)
def wipe_step(job: str, body: WipeStepIn) -> WipeUnderWayOut:
    """Let a station change a phone to erase it, or refuse: it may have to be kept by now."""
    planted = erasing.allow_step(current_session(), tools(), job, body, actor=current_actor())
    return WipeUnderWayOut(planted=planted)


@bp.put("/backups/<reference>/packs/<int(min=1, max=1000000):number>")
@asks(Permission.BACKUPS_STORE)
@bp.input(StoreQuery, location="query", arg_name="query")
@bp.output(PackOut)
def put_pack(reference: str, number: int, query: StoreQuery) -> PackOut:
    """Store a pack, sent as the body; the same one sent again has the effect of one."""
    _require_storing(reference)
    receive_pack(tools(), pieces(), digest=query.digest, size=query.size)
    session = current_session()
    backup = backups.backup_of(session, reference)
    stored = store_pack(
        session, tools(), backup, number=number, digest=query.digest, actor=current_actor()
    )
    return PackOut.model_validate(stored)


@bp.get("/backups/<reference>/packs/<int(min=1, max=1000000):number>/upload")
@asks(Permission.BACKUPS_STORE)
@bp.input(UploadQuery, location="query", arg_name="query")
@bp.output(UploadOut)
def show_upload(reference: str, number: int, query: UploadQuery) -> UploadOut:
    """Say how much of a pack this server has."""
    session = current_session()
    backup = backups.backup_of(session, reference)
    return upload_of(session, tools(), backup, number, query, actor=current_actor())


@bp.put("/backups/<reference>/packs/<int(min=1, max=1000000):number>/upload")
@asks(Permission.BACKUPS_STORE)
@bp.input(PieceQuery, location="query", arg_name="query")
@bp.output(UploadOut)
def put_piece(reference: str, number: int, query: PieceQuery) -> UploadOut:
    """Add a piece to a pack, sent as the body; what is not the next one changes nothing."""
    backup = _require_storing(reference)
    taken = receive_piece(tools(), backup, number, whole(), query)
    if taken.stored:
        session = current_session()
        held = backups.backup_of(session, reference)
        store_pack(
            session, tools(), held, number=number, digest=query.digest, actor=current_actor()
        )
    return taken


@bp.put("/backups/<reference>/manifest")
@asks(Permission.BACKUPS_STORE)
@bp.input(StoreQuery, location="query", arg_name="query")
@bp.output(StoredOut)
def put_manifest(reference: str, query: StoreQuery) -> StoredOut:
    """Store a manifest, sent as the body; the outcome of the job names it by its digest."""
    _require_storing(reference)
    receive_manifest(tools(), pieces(), digest=query.digest)
    return StoredOut(digest=query.digest, size=query.size)


@bp.put("/backups/<reference>/index")
@asks(Permission.BACKUPS_STORE)
@bp.input(StoreQuery, location="query", arg_name="query")
@bp.output(StoredOut)
def put_index(reference: str, query: StoreQuery) -> StoredOut:
    """Store the sealed list of names, sent as the body; the manifest names it by its digest."""
    _require_storing(reference)
    receive_index(tools(), pieces(), digest=query.digest)
    return StoredOut(digest=query.digest, size=query.size)


@bp.get("/backups/<reference>/base")
@asks(Permission.BACKUPS_STORE)
@bp.output(FileSchema(), content_type="application/octet-stream")
def base_manifest(reference: str) -> Response:
    """Hand out the manifest that the backup goes on from; there are no names in it."""
    session = current_session()
    backup = backups.backup_of(session, reference)
    found = read_base(session, tools(), backup, actor=current_actor())
    return Response(found, mimetype="application/octet-stream")


@bp.get("/apks/<digest>")
@asks(Permission.APKS_FETCH)
@bp.output(FileSchema(), content_type="application/octet-stream")
def fetch_apk(digest: str) -> Response:
    """Hand out a file of an app or, with Range, a part of it."""
    apk, storage = apks.fetch(current_session(), tools(), digest, actor=current_actor())
    return stored_bytes(
        lambda start, end: apks.pieces(storage, apk, start, end), size=apk.size, digest=apk.digest
    )


def _require_storing(reference: str) -> Backup:
    with short_look() as session:
        backup = backups.backup_of(session, reference)
        may_store(session, backup, actor=current_actor())
        return backup
