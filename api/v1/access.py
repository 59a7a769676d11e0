"""Logging in and out, and who is asking."""

from apiflask import APIBlueprint

from api import attempts
from api.house import tools
from api.identity import current_actor
from api.shown import roles_of, shown_user
from api.transaction import current_session
from fleet.access import signing_in
from fleet.access.actor import ActorKind
from fleet.access.models import User
from fleet.contracts.access import DoneOut, LoginIn, TokenOut, WhoOut
from fleet.stations.models import Station

bp = APIBlueprint("access", __name__, url_prefix="/api/v1", tag="Access")


@bp.post("/login")
@bp.input(LoginIn, arg_name="body")
@bp.output(TokenOut)
def login(body: LoginIn) -> TokenOut:
    """Give a session to somebody who knows his password, and the code where one is needed."""
    attempts.count(body.username)
    session = current_session()
    signed = signing_in.sign_in(session, tools().keyring, body, attempts.came())
    return TokenOut(
        token=signed.text,
        username=signed.user.username,
        roles=roles_of(session, signed.user),
        expires_at=signed.token.expires_at,
        first=signed.first,
    )


@bp.post("/logout")
@bp.output(DoneOut)
def logout() -> DoneOut:
    """End the session, or the token, with which this is asked."""
    signing_in.sign_out(current_session(), actor=current_actor())
    return DoneOut()


@bp.get("/whoami")
@bp.output(WhoOut)
def whoami() -> WhoOut:
    """Say who is asking."""
    actor = current_actor()
    session = current_session()
    if actor.kind is ActorKind.STATION:
        station = session.get(Station, actor.id)
        key = station.public_key if station else None
        return WhoOut(username=actor.name, name=actor.name, kind="station", public_key=key)
    return shown_user(session, session.get_one(User, actor.id))
