"""The audit trail."""

from apiflask import APIBlueprint

from api.identity import asks
from api.transaction import current_session
from fleet.access.permissions import Permission
from fleet.audit import queries
from fleet.audit.models import AuditEntry
from fleet.contracts.audit import AuditEntryOut, AuditQuery, TrailOut
from fleet.contracts.wire import Page

bp = APIBlueprint("trail", __name__, url_prefix="/api/v1", tag="Audit trail")


@bp.get("/audit")
@asks(Permission.AUDIT_READ)
@bp.input(AuditQuery, location="query", arg_name="query")
@bp.output(Page[AuditEntryOut])
def list_entries(query: AuditQuery) -> Page[AuditEntryOut]:
    """List what happened, the newest first."""
    rows, mark = queries.entries(current_session(), query)
    return Page(items=[_shown(row) for row in rows], next=mark)


@bp.get("/audit/verify")
@asks(Permission.AUDIT_READ)
@bp.output(TrailOut)
def verify() -> TrailOut:
    """Read the whole trail and say whether it is whole."""
    return queries.verify_trail(current_session())


def _shown(row: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        sequence=row.sequence,
        at=row.at,
        actor=row.actor_name,
        event=row.event,
        subject=row.subject_name,
        details=row.details,
        hash=row.hash,
    )
