"""Finding out who is asking, and who may what."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor, ActorKind, HeldRole
from fleet.access.errors import GrantNotFound, TokenNotKnown, UserNotFound
from fleet.access.models import RoleGrant, Token, User
from fleet.access.permissions import STATION
from fleet.access.secrets import digest_of
from fleet.contracts.access import Role, UserQuery
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import in_turn
from fleet.paging import containing, page


def actor_of_token(
    session: Session,
    text: str,
    *,
    source_address: str | None = None,
    request_id: str | None = None,
) -> Actor:
    """Return who shows this token; every reason to refuse it gives the same answer."""
    return actor_of(token_of(session, text), source_address=source_address, request_id=request_id)


def actor_of(
    token: Token, *, source_address: str | None = None, request_id: str | None = None
) -> Actor:
    if token.user is not None:
        actor = actor_of_user(token.user, source_address=source_address, request_id=request_id)
        return replace(
            actor,
            only=None if token.only is None else _permissions(token.only),
            token_id=token.id,
            signed_in=token.is_session,
        )
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


def _permissions(names: Iterable[str]) -> frozenset[Permission]:
    """Return what a token is for; a permission that this version does not know is none."""
    return frozenset(Permission(name) for name in names if name in set(Permission))


def user_named(session: Session, username: str) -> User:
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise UserNotFound(username=username)
    return user


USER_SORTS = {"username": User.username, "name": User.name, "made_at": User.made_at}


def users(session: Session, query: UserQuery, *, actor: Actor) -> tuple[list[User], str | None]:
    """Return one page of users with their grants, and the mark of the next."""
    actor.require(Permission.USERS_READ)
    statement = select(User).options(selectinload(User.grants))
    statement = statement.where(containing(query.q, User.username, User.name))
    if query.active is not None:
        statement = statement.where(User.active == query.active)
    if query.role:
        holders = select(RoleGrant.user_id).where(RoleGrant.role == query.role, *_held_at(now()))
        statement = statement.where(User.id.in_(holders))
    return page(session, statement, query, sorts=USER_SORTS, default="username", key=User.id)


def is_empty(session: Session) -> bool:
    """Tell whether nobody was ever let in."""
    return session.scalar(select(User.id).limit(1)) is None


def is_break_glass_user(session: Session, actor: Actor) -> bool:
    """Tell whether somebody acts with the account of the safe."""
    user = session.get(User, actor.id)
    return user is not None and user.break_glass


def alarms(session: Session) -> list[User]:
    """Return the accounts of the safe whose use nobody has acknowledged."""
    return list(session.scalars(select(User).where(User.alarm_since.is_not(None))))


def _held_at(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    timely = RoleGrant.expires_at.is_(None) | (RoleGrant.expires_at > moment)
    return RoleGrant.ended_at.is_(None), timely


def user_held_still(session: Session, user: User) -> None:
    """Lock `user` until the commit: two grants to one person take turns, and see one another."""
    fresh = {"populate_existing": True}
    mine = select(User).where(User.id == user.id).with_for_update()
    session.scalars(mine, execution_options=fresh).one()
    session.expire(user, ["grants"])


def roles_held_still(session: Session) -> None:
    """Let nobody else decide until the commit who holds which role: some rules span all users."""
    in_turn(session, "roles")


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
    mine = RoleGrant.role == role, User.active, ~User.break_glass
    held = select(RoleGrant.user_id).join(RoleGrant.user).where(*mine, *_held_at(now()))
    return set(session.scalars(held))
