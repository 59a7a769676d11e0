"""Logging in, and who is asking."""

from apiflask import APIBlueprint
from flask import request

from api.identity import current_actor
from api.transaction import current_session
from api.v1.users import roles_of, shown_user
from fleet.access.actor import ActorKind
from fleet.access.models import User
from fleet.access.services import log_in
from fleet.contracts.access import LoginIn, TokenOut, WhoOut

bp = APIBlueprint("access", __name__, url_prefix="/api/v1", tag="Access")


@bp.post("/login")
@bp.input(LoginIn, arg_name="body")
@bp.output(TokenOut)
def login(body: LoginIn) -> TokenOut:
    """Give a token to somebody who knows his password."""
    session = current_session()
    text, token = log_in(
        session,
        username=body.username,
        password=body.password.get_secret_value(),
        source_address=request.remote_addr,
    )
    user = session.get_one(User, token.owner_id)
    return TokenOut(
        token=text,
        username=user.username,
        roles=roles_of(session, user),
        expires_at=token.expires_at,
    )


@bp.get("/whoami")
@bp.output(WhoOut)
def whoami() -> WhoOut:
    """Say who is asking."""
    actor = current_actor()
    if actor.kind is ActorKind.STATION:
        return WhoOut(username=actor.name, name=actor.name, kind="station")
    session = current_session()
    return shown_user(session, session.get_one(User, actor.id))
