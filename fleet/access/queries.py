"""Finding out who is asking, and who may what."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.errors import GrantNotFound, TokenNotKnown, UserNotFound
from fleet.access.models import RoleGrant, Token, User
from fleet.access.permissions import STATION
from fleet.access.secrets import digest_of
from fleet.contracts.access import Role
from fleet.contracts.clock import now


def actor_of_token(
    session: Session,
    text: str,
    *,
    source_address: str | None = None,
    request_id: str | None = None,
) -> Actor:
    """Return who shows this token; every reason to refuse it gives the same answer."""
    token = token_of(session, text)
    if token.user is not None:
        return actor_of_user(token.user, source_address=source_address, request_id=request_id)
    return Actor(
        id=token.owner_id,
        name=token.label,
        roles=(HeldRole(STATION),),
        kind=ActorKind.STATION,
        source_address=source_address,
        request_id=request_id,
    )


def token_of(session: Session, text: str) -> Token:
    """Return the live token with this text, its user and his grants, in one query."""
    by_digest = select(Token).where(Token.digest == digest_of(text))
    beside = joinedload(Token.user).joinedload(User.grants)
    token = session.scalars(by_digest.options(beside)).unique().one_or_none()
    if token is None or not token.holds(now()):
        raise TokenNotKnown
    return token


def actor_of_user(
    user: User, *, source_address: str | None = None, request_id: str | None = None
) -> Actor:
    return Actor(
        id=user.id,
        name=user.name,
        roles=tuple(HeldRole(grant.role, grant.department_id) for grant in user.held(now())),
        employee_id=user.employee_id,
        source_address=source_address,
        request_id=request_id,
    )


def user_named(session: Session, username: str) -> User:
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise UserNotFound(username=username)
    return user


def users(session: Session) -> list[User]:
    named = select(User).options(selectinload(User.grants)).order_by(User.username)
    return list(session.scalars(named))


def user_held_still(session: Session, user: User) -> None:
    """Lock `user` until the commit: two grants to one person take turns, and see one another."""
    fresh = {"populate_existing": True}
    mine = select(User).where(User.id == user.id).with_for_update()
    session.scalars(mine, execution_options=fresh).one()
    session.expire(user, ["grants"])


def grant_of(session: Session, name: str) -> RoleGrant:
    """Return the grant whose id is written as `name`."""
    try:
        found = session.get(RoleGrant, UUID(name))
    except ValueError:
        found = None
    if found is None:
        raise GrantNotFound(grant=name)
    return found


def holders_of(session: Session, role: Role) -> set[UUID]:
    """Return the ids of the active users who hold a role now."""
    live = RoleGrant.ended_at.is_(None), RoleGrant.role == role, User.active
    timely = RoleGrant.expires_at.is_(None) | (RoleGrant.expires_at > now())
    held = select(RoleGrant.user_id).join(RoleGrant.user).where(*live, timely)
    return set(session.scalars(held))
