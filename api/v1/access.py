"""Logging in, and the people who may."""

from apiflask import APIBlueprint
from flask import request

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.access.actor import ActorKind
from fleet.access.models import User
from fleet.access.permissions import Permission
from fleet.access.queries import users
from fleet.access.services import log_in, make_user
from fleet.contracts.access import LoginIn, TokenOut, UserIn, WhoOut
from fleet.contracts.wire import Page

bp = APIBlueprint("access", __name__, url_prefix="/api/v1", tag="Access")


@bp.post("/login")
@bp.input(LoginIn, arg_name="body")
@bp.output(TokenOut)
def login(body: LoginIn) -> TokenOut:
    """Give a token to somebody who knows his password."""
    text, token = log_in(
        current_session(),
        username=body.username,
        password=body.password.get_secret_value(),
        source_address=request.remote_addr,
    )
    user = current_session().get_one(User, token.owner_id)
    return TokenOut(token=text, username=user.username, role=user.role, expires_at=token.expires_at)


@bp.get("/whoami")
@bp.output(WhoOut)
def whoami() -> WhoOut:
    """Say who is asking."""
    actor = current_actor()
    if actor.kind is ActorKind.USER:
        return _shown(current_session().get_one(User, actor.id))
    return WhoOut.model_validate({"username": actor.name, "name": actor.name, "role": actor.role})


@bp.get("/users")
@asks(Permission.USERS_READ)
@bp.output(Page[WhoOut])
def list_users() -> Page[WhoOut]:
    """List who may work with the product; they are few, so this is always one page."""
    return Page(items=[_shown(user) for user in users(current_session())])


@bp.post("/users")
@asks(Permission.USERS_WRITE)
@bp.input(UserIn, arg_name="body")
@bp.output(WhoOut, status_code=201)
def add_user(body: UserIn) -> WhoOut:
    """Let a person in."""
    user = make_user(
        current_session(),
        username=body.username,
        name=body.name,
        role=body.role,
        password=body.password.get_secret_value() if body.password else None,
        actor=current_actor(),
    )
    return _shown(user)


def _shown(user: User) -> WhoOut:
    return WhoOut(username=user.username, name=user.name, role=user.role)
