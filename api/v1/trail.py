"""The audit trail."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Final

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api.house import House, house
from api.identity import asks, current_actor
from api.transaction import current_session, recording_session
from fleet.audit import checkpoints, queries
from fleet.audit.events import TrailExported
from fleet.audit.models import AuditEntry
from fleet.audit.services import record
from fleet.audit.signing import public_key_of
from fleet.contracts.audit import (
    AuditEntryOut,
    AuditQuery,
    ExportEnd,
    PruneIn,
    PruneOut,
    TrailOut,
)
from fleet.contracts.chain import canonical
from fleet.contracts.checkpoints import CheckpointOut
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.database import reading

LINES: Final = "application/x-ndjson"

bp = APIBlueprint("trail", __name__, url_prefix="/api/v1", tag="Audit trail")


@bp.get("/audit")
@asks(Permission.AUDIT_READ)
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(Page[AuditEntryOut])
def list_entries(query: AuditQuery) -> Page[AuditEntryOut]:
    """List what happened, the newest first."""
    rows, mark = queries.entries(current_session(), query)
    return Page(items=[_shown(row) for row in rows], next=mark)


@bp.get("/audit/entries/<int:sequence>")
@asks(Permission.AUDIT_READ)
@bp.output(AuditEntryOut)
def show_entry(sequence: int) -> AuditEntryOut:
    """Show one entry."""
    return _shown(checkpoints.entry(current_session(), sequence, actor=current_actor()))


@bp.get("/audit/verify")
@asks(Permission.AUDIT_READ)
@bp.output(TrailOut)
def verify() -> TrailOut:
    """Read the whole trail and say whether it is whole."""
    return queries.verify_trail(current_session(), key=public_key_of(house().signer))


@bp.get("/audit/export")
@asks(Permission.AUDIT_READ)
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(FileSchema(), content_type=LINES)
def export(query: AuditQuery) -> Response:
    """Hand out entries as they are stored, one JSON object a line, oldest first; recorded.

    The last line is {"kind": "end", "entries": …}: an answer without it was cut.
    """
    given = query.model_dump(mode="json", exclude_none=True, exclude={"limit", "sort", "after"})
    event = TrailExported(subject_id=checkpoints.TRAIL, subject_name="trail", filters=given)
    record(recording_session(), current_actor(), event)
    return Response(_lines(house(), query), mimetype=LINES)


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


def _lines(at: House, query: AuditQuery) -> Iterator[str]:
    """Give the lines from a session of their own: the request's is over when they are read."""
    written = 0
    with at.sessions() as session:
        found = queries.stored_rows(reading(session), *queries.matching(query))
        with closing(found) as rows:
            for row in rows:
                yield json.dumps(row, ensure_ascii=False, default=canonical) + "\n"
                written += 1
    yield ExportEnd(entries=written).model_dump_json() + "\n"


def _shown(row: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        sequence=row.sequence,
        at=row.at,
        actor=row.actor_name,
        kind=row.actor_kind,
        role=row.actor_role,
        on_behalf=row.on_behalf,
        event=row.event,
        subject=row.subject_name,
        details=row.details,
        changes=row.changes or {},
        request=row.request_id,
        source=row.source_address,
        hash=row.hash,
    )
