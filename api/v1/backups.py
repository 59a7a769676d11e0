"""Backups: planned, listed, and handed out to be restored elsewhere."""

from collections.abc import Callable, Iterable

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session, recording_session
from api.v1.streams import stored_bytes
from fleet.backups import begun, flow, queries, services
from fleet.backups.errors import NotInStorage
from fleet.contracts.backups import BackupIn, BackupOut, BackupQuery
from fleet.contracts.offline import BegunOut, BegunQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.custody.queries import open_holding
from fleet.devices.queries import device
from fleet.keeping.drills import due_at as due_again
from fleet.openings import reading

bp = APIBlueprint("backups", __name__, url_prefix="/api/v1", tag="Backups")


@bp.post("/devices/<tag>/backups")
@asks(Permission.BACKUPS_PLAN)
@bp.input(BackupIn, arg_name="body")
@bp.output(BackupOut, status_code=201)
def back_up(tag: str, body: BackupIn) -> BackupOut:
    """Plan a backup of a phone."""
    session = current_session()
    phone = device(session, tag)
    holding = open_holding(session, phone)
    planned = services.plan_backup(
        session,
        tools(),
        phone,
        reason=body.reason,
        purpose=body.purpose,
        holder=holding.employee if holding else None,
        actor=current_actor(),
    )
    return queries.shown(planned)


@bp.get("/backups")
@asks(Permission.BACKUPS_READ)
@bp.input(BackupQuery, location="query", arg_name="query")
@bp.output(Page[BackupOut])
def list_backups(query: BackupQuery) -> Page[BackupOut]:
    """List backups, the newest first."""
    rows, mark = queries.backups(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/begun-backups")
@asks(Permission.BACKUPS_READ)
@bp.input(BegunQuery, location="query", arg_name="query")
@bp.output(Page[BegunOut])
def list_begun_backups(query: BegunQuery) -> Page[BegunOut]:
    """List what stations began while the server was away, and what became of it."""
    rows, mark = begun.begun_backups(current_session(), query, actor=current_actor())
    return Page(items=[begun.shown(row) for row in rows], next=mark)


@bp.get("/backups/<reference>")
@asks(Permission.BACKUPS_READ)
@bp.output(BackupOut)
def show_backup(reference: str) -> BackupOut:
    """Show the backup with a number or an id."""
    session = current_session()
    backup = queries.backup_of(session, reference)
    due_at = due_again(session, backup)
    return queries.shown(backup).model_copy(update={"drill_due_at": due_at})


@bp.post("/backups/<reference>/pause")
@asks(Permission.BACKUPS_PLAN)
@bp.output(BackupOut)
def pause_backup(reference: str) -> BackupOut:
    """Have a backup stop at the next file; what was made is kept."""
    return _asked(reference, flow.pause)


@bp.post("/backups/<reference>/resume")
@asks(Permission.BACKUPS_PLAN)
@bp.output(BackupOut)
def resume_backup(reference: str) -> BackupOut:
    """Go on with a paused backup."""
    return _asked(reference, flow.resume)


def _asked(reference: str, ask: Callable[..., None]) -> BackupOut:
    backup = queries.backup_of(current_session(), reference)
    ask(current_session(), backup, actor=current_actor())
    return queries.shown(backup)


@bp.post("/backups/<reference>/cancel")
@asks(Permission.BACKUPS_PLAN)
@bp.output(BackupOut)
def cancel_backup(reference: str) -> BackupOut:
    """Give a backup up; what was stored for it is over its time from then on."""
    session = current_session()
    backup = queries.backup_of(session, reference)
    flow.cancel(session, tools(), backup, actor=current_actor())
    return queries.shown(backup)


# Both below answer a GET and still write: that a person's data was opened is an entry of the trail,
# and it is stored before the first byte leaves.


@bp.get("/backups/<reference>/manifest")
@asks(Permission.BACKUPS_OPEN)
@bp.output(FileSchema(), content_type="application/octet-stream")
def open_manifest(reference: str) -> Response:
    """Hand out the manifest, without names, under an approved opening; recorded."""
    session = recording_session()
    backup = queries.backup_of(session, reference)
    pieces = reading.open_manifest(session, tools(), backup, actor=current_actor())
    response = Response(pieces, mimetype="application/octet-stream")
    response.set_etag(backup.manifest_digest or "")
    return response


@bp.get("/backups/<reference>/index")
@asks(Permission.BACKUPS_OPEN)
@bp.output(FileSchema(), content_type="application/octet-stream")
def open_index(reference: str) -> Response:
    """Hand out the sealed list of names, which opens with an identity; recorded."""
    session = recording_session()
    backup = queries.backup_of(session, reference)
    sealed = reading.open_index(session, tools(), backup, actor=current_actor())
    response = Response(sealed, mimetype="application/octet-stream")
    response.set_etag(backup.index_digest or backup.manifest_digest or "")
    return response


@bp.get("/backups/<reference>/packs/<int:number>")
@asks(Permission.BACKUPS_OPEN)
@bp.output(FileSchema(), content_type="application/octet-stream")
def open_pack(reference: str, number: int) -> Response:
    """Hand out a pack or, with Range, a part of it, under an approved opening; recorded."""
    session = recording_session()
    backup = queries.backup_of(session, reference)
    pack = next((pack for pack in backup.packs if pack.number == number), None)
    if pack is None:
        raise NotInStorage(digest=f"{backup.number}/{number}")

    def read(start: int, end: int) -> Iterable[bytes]:
        return reading.open_pack(
            session, tools(), backup, number=number, start=start, end=end, actor=current_actor()
        )

    return stored_bytes(read, size=pack.size, digest=pack.digest)
