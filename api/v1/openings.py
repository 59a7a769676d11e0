"""Opening backups: asked for, approved by another person, recorded; and sealing anew."""

from collections.abc import Callable

from apiflask import APIBlueprint, FileSchema
from flask import Response

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session, recording_session, short_look
from api.v1.streams import pieces
from fleet.backups.queries import backup_of
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.openings import (
    OpeningIn,
    OpeningOut,
    OpeningQuery,
    ResealedOut,
    ResealQuery,
    ToResealOut,
    ToResealQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.openings import queries, resealing, services

bp = APIBlueprint("openings", __name__, url_prefix="/api/v1", tag="Openings")


@bp.get("/openings")
@asks(Permission.OPENINGS_READ, scoped=True)
@bp.input(OpeningQuery, location="query", arg_name="query")
@bp.output(Page[OpeningOut])
def list_openings(query: OpeningQuery) -> Page[OpeningOut]:
    """List openings of backups, the newest first; whose data it is sees those of his own."""
    rows, mark = queries.openings(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.get("/openings/<number>")
@asks(Permission.OPENINGS_READ, scoped=True)
@bp.output(OpeningOut)
def show_opening(number: str) -> OpeningOut:
    """Show an opening."""
    return queries.shown(queries.opening(current_session(), number, actor=current_actor()))


@bp.post("/openings")
@asks(Permission.BACKUPS_OPEN)
@bp.input(OpeningIn, arg_name="body")
@bp.output(OpeningOut, status_code=201)
def ask_opening(body: OpeningIn) -> OpeningOut:
    """Ask to open a backup, or all of them to reseal them; another person approves it."""
    session = current_session()
    backup = backup_of(session, body.backup) if body.backup else None
    asked = services.ask_opening(
        session,
        backup,
        purpose=body.purpose,
        reason=body.reason,
        paths=body.paths,
        actor=current_actor(),
    )
    return queries.shown(asked)


@bp.post("/openings/<number>/approve")
@asks(Permission.OPENINGS_APPROVE)
@bp.input(DecisionIn, arg_name="body")
@bp.output(OpeningOut)
def approve_opening(number: str, body: DecisionIn) -> OpeningOut:
    """Approve what somebody else has asked for."""
    return _decided(number, body, approve=True)


@bp.post("/openings/<number>/deny")
@asks(Permission.OPENINGS_APPROVE)
@bp.input(DecisionIn, arg_name="body")
@bp.output(OpeningOut)
def deny_opening(number: str, body: DecisionIn) -> OpeningOut:
    """Deny what somebody else has asked for."""
    return _decided(number, body, approve=False)


@bp.post("/openings/<number>/withdraw")
@asks(Permission.BACKUPS_OPEN)
@bp.output(OpeningOut)
def withdraw_opening(number: str) -> OpeningOut:
    """Take one's own request back before it was decided."""
    return _ended(number, services.withdraw_opening)


@bp.post("/openings/<number>/close")
@asks(Permission.BACKUPS_OPEN)
@bp.output(OpeningOut)
def close_opening(number: str) -> OpeningOut:
    """End one's own opening: nothing can be fetched under it any more."""
    return _ended(number, services.close_opening)


@bp.post("/openings/<number>/revoke")
@asks(Permission.OPENINGS_APPROVE)
@bp.output(OpeningOut)
def revoke_opening(number: str) -> OpeningOut:
    """End what was approved for anybody, at once."""
    return _ended(number, services.revoke_opening)


@bp.get("/resealing")
@asks(Permission.ESCROW_RESEAL)
@bp.input(ToResealQuery, location="query", arg_name="query")
@bp.output(ToResealOut)
def to_reseal(query: ToResealQuery) -> ToResealOut:
    """Show which packs and indexes are not sealed to exactly the active keys."""
    return resealing.to_reseal(current_session(), tools(), after=query.after, actor=current_actor())


# It answers a GET and still writes: see `api.v1.backups`.


@bp.get("/resealing/<digest>")
@asks(Permission.ESCROW_RESEAL)
@bp.output(FileSchema(), content_type="application/octet-stream")
def open_to_reseal(digest: str) -> Response:
    """Hand out a pack or an index that is to be sealed anew; recorded."""
    session = recording_session()
    content, size = resealing.open_to_reseal(session, tools(), digest, actor=current_actor())
    response = Response(content, mimetype="application/octet-stream")
    response.content_length = size
    return response


@bp.put("/resealing/<digest>")
@asks(Permission.ESCROW_RESEAL)
@bp.input(ResealQuery, location="query", arg_name="query")
@bp.output(ResealedOut)
def put_resealed(digest: str, query: ResealQuery) -> ResealedOut:
    """Let what is sent as the body take the place of an object; the old one is still there."""
    made = resealing.Resealed(
        before=digest,
        after=query.digest,
        size=query.size,
        plain=query.plain,
        sealed_to=query.sealed_to,
        opened_again=query.opened_again,
    )
    with short_look() as session:
        kind = resealing.may_reseal(session, tools(), made, actor=current_actor())
    resealing.receive_resealed(tools(), pieces(), made, kind)
    row = resealing.note_resealed(current_session(), tools(), made, actor=current_actor())
    return resealing.shown(row)


@bp.post("/resealing/<digest>/settle")
@asks(Permission.ESCROW_RESEAL)
@bp.output(ResealedOut)
def settle_resealed(digest: str) -> ResealedOut:
    """Remove the old object, now that the new one is recorded and was read once more."""
    with short_look() as session:
        new = resealing.half_done(session, digest, actor=current_actor())
    if new is not None:
        resealing.read_back(tools(), *new)
    row = resealing.settle_resealed(current_session(), tools(), digest, actor=current_actor())
    return resealing.shown(row)


def _decided(number: str, body: DecisionIn, *, approve: bool) -> OpeningOut:
    session = current_session()
    asked = queries.opening_of(session, number)
    services.decide_opening(session, asked, approve=approve, note=body.note, actor=current_actor())
    return queries.shown(asked)


def _ended(number: str, end: Callable[..., None]) -> OpeningOut:
    asked = queries.opening_of(current_session(), number)
    end(current_session(), asked, actor=current_actor())
    return queries.shown(asked)
