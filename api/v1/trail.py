"""The audit trail."""

from datetime import timedelta

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api import exports
from api.house import house
from api.identity import asks, current_actor
from api.shown import shown_entry
from api.transaction import current_session, recording_session
from fleet.audit import checkpoints, queries
from fleet.audit.signing import public_key_of
from fleet.contracts.audit import AuditEntryOut, AuditQuery, PruneIn, PruneOut, TrailOut
from fleet.contracts.checkpoints import CheckpointOut
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page

bp = APIBlueprint("trail", __name__, url_prefix="/api/v1", tag="Audit trail")


@bp.get("/audit")
@asks(Permission.AUDIT_READ)
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(Page[AuditEntryOut])
def list_entries(query: AuditQuery) -> Page[AuditEntryOut]:
    """List what happened, the newest first."""
    rows, mark = queries.entries(current_session(), query)
    return Page(items=[shown_entry(row) for row in rows], next=mark)


@bp.get("/audit/entries/<int:sequence>")
@asks(Permission.AUDIT_READ)
@bp.output(AuditEntryOut)
def show_entry(sequence: int) -> AuditEntryOut:
    """Show one entry."""
    return shown_entry(checkpoints.entry(current_session(), sequence, actor=current_actor()))


@bp.get("/audit/verify")
@asks(Permission.AUDIT_READ)
@bp.output(TrailOut)
def verify() -> TrailOut:
    """Read the whole trail and say whether it is whole."""
    return queries.verify_trail(current_session(), key=public_key_of(house().signer))


@bp.get("/audit/export")
@asks(Permission.AUDIT_READ)
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=exports.LINES)
def export(query: AuditQuery) -> Response:
    """Hand out entries as they are stored, one JSON object a line, oldest first; recorded.

    The last line is {"kind": "end", "entries": …}: an answer without it was cut.
    """
    checkpoints.record_export(recording_session(), query, actor=current_actor())
    return Response(exports.lines(house(), query), mimetype=exports.LINES)


@bp.get("/audit/checkpoints")
@asks(Permission.AUDIT_READ)
@bp.output(Page[CheckpointOut])
def show_checkpoints() -> Page[CheckpointOut]:
    """Show every checkpoint, the newest first; they are few, so this is always one page."""
    return Page(items=[row.said for row in checkpoints.checkpoints(current_session())])


@bp.post("/audit/checkpoints")
@asks(Permission.AUDIT_CHECKPOINT)
@bp.output(CheckpointOut, status_code=201)
def checkpoint() -> CheckpointOut:
    """Sign how the trail stands now."""
    return checkpoints.make_checkpoint(current_session(), house().signer, actor=current_actor())


@bp.post("/audit/prune")
@asks(Permission.AUDIT_PRUNE)
@bp.input(PruneIn, arg_name="body")
@bp.output(PruneOut)
def prune(body: PruneIn) -> PruneOut:
    """Sign where the trail will begin, and remove the entries before it."""
    session, actor = current_session(), current_actor()
    before = body.before or now() - timedelta(days=house().settings.audit_retention_days)
    if body.dry_run:
        return checkpoints.plan_pruning(session, before, actor=actor)
    planned = checkpoints.begin_pruning(session, house().signer, before, actor=actor)
    while checkpoints.remove_pruned(session):
        pass
    return planned
