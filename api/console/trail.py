"""The audit trail: who did what, and whether all of it is still there."""

from datetime import date, datetime, time

from flask import Response, request
from werkzeug.datastructures import MultiDict

from api import exports
from api.console.blueprint import bp
from api.console.forms import NothingForm, queried
from api.console.surroundings import page
from api.house import house
from api.identity import asks, current_actor
from api.shown import shown_entry
from api.transaction import current_session, recording_session
from fleet.audit import checkpoints, queries
from fleet.audit.signing import public_key_of
from fleet.contracts.audit import AuditQuery
from fleet.contracts.permissions import Permission

FILES = {
    "csv": (exports.csv_lines, "text/csv; charset=utf-8"),
    "jsonl": (exports.lines, exports.LINES),
}


@bp.get("/audit")
@asks(Permission.AUDIT_READ)
def trail() -> str:
    """List what happened, the newest first."""
    query = _query(request.args)
    rows, mark = queries.entries(current_session(), query)
    items = [shown_entry(row) for row in rows]
    return page("trail.html", items=items, next=mark, query=request.args, form=NothingForm())


@bp.get("/audit/<int:sequence>")
@asks(Permission.AUDIT_READ)
def entry(sequence: int) -> str:
    """Show one entry, with what it changed."""
    found = checkpoints.entry(current_session(), sequence, actor=current_actor())
    return page("entry.html", entry=shown_entry(found))


@bp.get("/audit/verify")
@asks(Permission.AUDIT_READ)
def verify() -> str:
    """Read the whole trail and say whether it is whole."""
    verdict = queries.verify_trail(current_session(), key=public_key_of(house().signer))
    return page("verified.html", verdict=verdict)


@bp.post("/audit/export.<any(csv, jsonl):form>")
@asks(Permission.AUDIT_READ)
def export(form: str) -> Response:
    """Hand out entries as a file, oldest first; that is itself an entry, so it is no link."""
    query = _query(request.form)
    checkpoints.record_export(recording_session(), query, actor=current_actor())
    lines, mimetype = FILES[form]
    answer = Response(lines(house(), query), content_type=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="workfleet-audit.{form}"'
    return answer


def _query(given: "MultiDict[str, str]") -> AuditQuery:
    """Return what is asked for; days are those of the server's place, the last one to its end."""
    days = {name: given.get(name) for name in ("since", "until")}
    asked = MultiDict((name, value) for name, value in given.items() if name not in days)
    return queried(AuditQuery, asked, **{k: _begin_of(v) for k, v in days.items() if v})


def _begin_of(day: str) -> datetime | str:
    try:
        return datetime.combine(date.fromisoformat(day), time()).astimezone()
    except ValueError:
        return day  # which the contract refuses, and says why
