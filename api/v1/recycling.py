"""The recycle bin, and records that become one."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.bin import merging, queries, services
from fleet.bin.models import BinEntry
from fleet.contracts.bin import (
    BinEntryOut,
    BinQuery,
    DeleteIn,
    MergeIn,
    PurgeIn,
    RestoreIn,
    WentBy,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page

bp = APIBlueprint("bin", __name__, url_prefix="/api/v1", tag="Recycle bin")


@bp.get("/bin")
@asks(Permission.BIN_READ)
@bp.input(BinQuery, location="query", arg_name="query")
@bp.output(Page[BinEntryOut])
def list_bin(query: BinQuery) -> Page[BinEntryOut]:
    """List what was deleted or merged and can be restored, the newest first."""
    rows, mark = queries.entries(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/bin/<number>")
@asks(Permission.BIN_READ)
@bp.output(BinEntryOut)
def show_bin_entry(number: str) -> BinEntryOut:
    """Show what was deleted or merged."""
    return queries.shown(queries.entry(current_session(), number, actor=current_actor()))


@bp.post("/bin")
@asks(Permission.BIN_WRITE)
@bp.input(DeleteIn, arg_name="body")
@bp.output(BinEntryOut, status_code=201)
def delete_record(body: DeleteIn) -> BinEntryOut:
    """Put a record into the bin; refused where it holds, is held, or has a history."""
    session, days = current_session(), house().settings.bin_days
    begun = session.begin_nested()
    entry = services.delete_record(
        session, body.kind, body.name, reason=body.reason, days=days, actor=current_actor()
    )
    shown = queries.shown(entry)
    if not body.dry_run:
        return shown
    begun.rollback()
    return shown.model_copy(update={"number": None})


@bp.post("/merges")
@asks(Permission.BIN_WRITE)
@bp.input(MergeIn, arg_name="body")
@bp.output(BinEntryOut, status_code=201)
def merge_records(body: MergeIn) -> BinEntryOut:
    """Make one record part of another; with `dry_run` it is told what would move."""
    session, days = current_session(), house().settings.bin_days
    begun = session.begin_nested()
    entry = merging.merge(
        session,
        body.kind,
        body.name,
        into=body.into,
        reason=body.reason,
        days=days,
        actor=current_actor(),
    )
    shown = queries.shown(entry)
    if not body.dry_run:
        return shown
    begun.rollback()
    return shown.model_copy(update={"number": None})


@bp.post("/bin/<number>/restore")
@asks(Permission.BIN_WRITE)
@bp.input(RestoreIn, arg_name="body")
@bp.output(BinEntryOut)
def restore_record(number: str, body: RestoreIn) -> BinEntryOut:
    """Put a deleted record back, or part two records that were merged."""
    session = current_session()
    entry = queries.entry(session, number, actor=current_actor())
    shown, begun = queries.shown(entry), session.begin_nested()
    _restore(session, entry, body.reason)
    if body.dry_run:
        begun.rollback()
    return shown


def _restore(session: Session, entry: BinEntry, reason: str) -> None:
    if entry.why is WentBy.MERGED:
        merging.part(session, entry, reason=reason, actor=current_actor())
    else:
        services.restore_record(session, entry, reason=reason, actor=current_actor())


@bp.post("/bin/<number>/purge")
@asks(Permission.BIN_PURGE)
@bp.input(PurgeIn, arg_name="body")
@bp.output(BinEntryOut)
def purge_entry(number: str, body: PurgeIn) -> BinEntryOut:
    """Forget what is in the bin for good."""
    session = current_session()
    entry = queries.entry(session, number, actor=current_actor())
    shown = queries.shown(entry)
    if not body.dry_run:
        services.purge_entry(session, entry, reason=body.reason, actor=current_actor())
    return shown
