"""Letting people and stations in, and shutting them out."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import LoginRefused, PasswordTooShort, UsernameTaken
from fleet.access.events import (
    TokenMade,
    TokenRevoked,
    UserLoggedIn,
    UserMade,
    UserPasswordSet,
    UserShutOut,
)
from fleet.access.models import Token, User
from fleet.access.permissions import Permission
from fleet.access.queries import actor_of_user
from fleet.access.secrets import digest_of, hash_password, new_token, password_fits
from fleet.audit.services import record
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.database import write

LOGIN: Final = "login"  # the label of tokens that a password gave
LOGIN_LASTS: Final = timedelta(hours=12)
SHORTEST_PASSWORD: Final = 10
# A token's last use is noted no oftener, so that most requests write nothing.
NOTED_EVERY: Final = timedelta(minutes=10)


def make_user(
    session: Session,
    *,
    username: str,
    name: str,
    role: Role,
    actor: Actor,
    password: str | None = None,
) -> User:
    """Let a person in; without a password only by a token made for him."""
    actor.require(Permission.USERS_WRITE)
    if session.scalar(select(User.id).where(User.username == username)):
        raise UsernameTaken(username=username)
    user = User(id=uuid4(), username=username, name=name, role=role, made_at=now())
    user.password_hash = None if password is None else _accepted(password)
    session.add(user)
    record(session, actor, UserMade(subject_id=user.id, subject_name=username, role=role))
    write(session)
    return user


def _accepted(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(least=SHORTEST_PASSWORD)
    return hash_password(password)


def set_password(session: Session, user: User, *, password: str, actor: Actor) -> None:
    """Give a person another password; whoever had logged in with the one before is logged out."""
    actor.require(Permission.USERS_WRITE)
    user.password_hash = _accepted(password)
    logins = Token.user_id == user.id, Token.label == LOGIN, Token.revoked_at.is_(None)
    session.execute(update(Token).where(*logins).values(revoked_at=now()))
    record(session, actor, UserPasswordSet(subject_id=user.id, subject_name=user.username))
    write(session)


def shut_out(session: Session, user: User, *, actor: Actor) -> None:
    """Take a person's access away: his tokens stop working with this transaction."""
    actor.require(Permission.USERS_WRITE)
    user.active = False
    record(session, actor, UserShutOut(subject_id=user.id, subject_name=user.username))
    write(session)


def log_in(
    session: Session, *, username: str, password: str, source_address: str | None = None
) -> tuple[str, Token]:
    """Return a token for the user who knows his password, shown this once."""
    user = session.scalar(select(User).where(User.username == username))
    kept = user.password_hash if user and user.active else None
    if not password_fits(kept, password) or user is None:
        raise LoginRefused
    text, token = _add_token(session, label=LOGIN, user=user, expires_at=now() + LOGIN_LASTS)
    actor = actor_of_user(user, source_address=source_address)
    event = UserLoggedIn(subject_id=user.id, subject_name=username, token_id=token.id)
    record(session, actor, event)
    write(session)
    return text, token


def make_token(
    session: Session,
    *,
    user: User,
    label: str,
    actor: Actor,
    expires_at: datetime | None = None,
) -> tuple[str, Token]:
    """Return a token that works as `user`, for a program or a profile; shown this once."""
    actor.require(Permission.USERS_WRITE)
    text, token = _add_token(session, label=label, user=user, expires_at=expires_at)
    made = TokenMade(subject_id=token.id, subject_name=label, expires_at=expires_at)
    record(session, actor, made)
    write(session)
    return text, token


def make_station_token(session: Session, *, station_id: UUID, name: str) -> str:
    """Return the token of a station that has just enrolled; its code was its permission."""
    text, _ = _add_token(session, label=name, station_id=station_id)
    write(session)
    return text


def _add_token(
    session: Session,
    *,
    label: str,
    user: User | None = None,
    station_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, Token]:
    text = new_token()
    token = Token(
        id=uuid4(),
        digest=digest_of(text),
        user=user,
        station_id=station_id,
        label=label,
        made_at=now(),
        expires_at=expires_at,
    )
    session.add(token)
    return text, token


def revoke_token(session: Session, token: Token, *, actor: Actor) -> None:
    """End a token; anybody may end his own."""
    if token.user_id != actor.id:
        actor.require(Permission.USERS_WRITE)
    token.revoked_at = token.revoked_at or now()
    record(session, actor, TokenRevoked(subject_id=token.id, subject_name=token.label))
    write(session)


def revoke_station_tokens(session: Session, station_id: UUID) -> None:
    """Shut a station out; the verb that revokes the station asks permission and records."""
    tokens = Token.station_id == station_id, Token.revoked_at.is_(None)
    session.execute(update(Token).where(*tokens).values(revoked_at=now()))


def note_use(session: Session, text: str) -> None:
    """Note that a token was used now; call it in requests that write anyway."""
    stale = (Token.last_used_at.is_(None)) | (Token.last_used_at < now() - NOTED_EVERY)
    used = update(Token).where(Token.digest == digest_of(text), stale)
    session.execute(used.values(last_used_at=now()))
