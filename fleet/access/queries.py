"""Finding out who is asking."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor, ActorKind
from fleet.access.errors import TokenNotKnown, UserNotFound
from fleet.access.models import Token, User
from fleet.access.permissions import STATION
from fleet.access.secrets import digest_of
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
        role=STATION,
        kind=ActorKind.STATION,
        source_address=source_address,
        request_id=request_id,
    )


def token_of(session: Session, text: str) -> Token:
    by_digest = select(Token).where(Token.digest == digest_of(text))
    token = session.scalar(by_digest.options(joinedload(Token.user)))
    if token is None or not token.holds(now()):
        raise TokenNotKnown
    return token


def actor_of_user(
    user: User, *, source_address: str | None = None, request_id: str | None = None
) -> Actor:
    return Actor(
        id=user.id,
        name=user.name,
        role=user.role,
        source_address=source_address,
        request_id=request_id,
    )


def user_named(session: Session, username: str) -> User:
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise UserNotFound(username=username)
    return user


def users(session: Session) -> list[User]:
    return list(session.scalars(select(User).order_by(User.username)))
