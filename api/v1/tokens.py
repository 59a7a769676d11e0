"""Sessions and tokens of others."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.shown import shown_session, shown_token
from api.transaction import current_session
from fleet.access import tokens
from fleet.access.queries import user_named
from fleet.contracts.access import (
    DoneOut,
    MadeTokenOut,
    ProgramTokenIn,
    ProgramTokenOut,
    SessionOut,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page

bp = APIBlueprint("tokens", __name__, url_prefix="/api/v1", tag="Tokens")


@bp.get("/users/<username>/sessions")
@asks(Permission.SESSIONS_READ)
@bp.output(Page[SessionOut])
def show_sessions(username: str) -> Page[SessionOut]:
    """Show the sessions of a user; they are few, so this is always one page."""
    session, actor = current_session(), current_actor()
    found = tokens.tokens_of(session, user_named(session, username), sessions=True, actor=actor)
    return Page(items=[shown_session(token, actor) for token in found])


@bp.post("/sessions/<token_id>/revoke")
@asks(Permission.SESSIONS_REVOKE)
@bp.output(DoneOut)
def revoke_session(token_id: str) -> DoneOut:
    """End a session of a user."""
    session = current_session()
    found = tokens.token_named(session, token_id)
    tokens.revoke_token(session, found, actor=current_actor())
    return DoneOut()


@bp.get("/users/<username>/tokens")
@asks(Permission.SESSIONS_READ)
@bp.output(Page[ProgramTokenOut])
def show_tokens(username: str) -> Page[ProgramTokenOut]:
    """Show the tokens of a user; they are few, so this is always one page."""
    session = current_session()
    user = user_named(session, username)
    found = tokens.tokens_of(session, user, sessions=False, actor=current_actor())
    return Page(items=[shown_token(token) for token in found])


@bp.post("/users/<username>/tokens")
@asks(Permission.TOKENS_WRITE)
@bp.input(ProgramTokenIn, arg_name="body")
@bp.output(MadeTokenOut, status_code=201)
def make_token(username: str, body: ProgramTokenIn) -> MadeTokenOut:
    """Make a token for a program that works as a user."""
    session = current_session()
    text, made = tokens.make_token(
        session,
        user=user_named(session, username),
        label=body.label,
        only=body.only,
        expires_at=body.expires_at,
        actor=current_actor(),
    )
    return MadeTokenOut(token=text, about=shown_token(made))


@bp.post("/tokens/<token_id>/revoke")
@asks(Permission.TOKENS_WRITE)
@bp.output(DoneOut)
def revoke_token(token_id: str) -> DoneOut:
    """End a token of a user."""
    session = current_session()
    found = tokens.token_named(session, token_id)
    tokens.revoke_token(session, found, actor=current_actor())
    return DoneOut()
