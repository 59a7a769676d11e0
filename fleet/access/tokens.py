"""Tokens: what programs and stations show to be known; made, used, ended."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.access.actor import Actor, ActorKind
from fleet.access.errors import (
    PermissionUnknown,
    TokenLastsTooLong,
    TokenNotFound,
    TokenOfAPerson,
    TokenTooWide,
)
from fleet.access.events import TokenMade, TokenRevoked
from fleet.access.models import Token, User
from fleet.access.queries import actor_of_user
from fleet.access.secrets import digest_of, new_token
from fleet.access.services import refuse_standing_in, require_signed_in
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write

# A token's last use is noted no oftener, so that most requests write nothing.
NOTED_EVERY: Final = timedelta(minutes=10)
NOTED_PER_IDLE: Final = 10  # a session's use is noted ten times in the time it may be idle
LASTS: Final = timedelta(days=90)
LASTS_AT_MOST: Final = timedelta(days=366)
FORGOTTEN_AFTER: Final = timedelta(days=30)


def make_token(
    session: Session,
    *,
    user: User,
    label: str,
    actor: Actor,
    expires_at: datetime | None = None,
    only: Collection[str] | None = None,
) -> tuple[str, Token]:
    """Return a token that works as `user`, for a program or a profile; shown this once.

    One's own is made in a session, for oneself; for users without a password, which are programs,
    it takes tokens:write. `only` names the
    permissions it is for; it never does more than its user may at the moment.
    """
    if user.id == actor.id and actor.only is None:
        require_signed_in(actor)
    else:
        actor.require(Permission.TOKENS_WRITE)
        _check_owner(user, actor)
    ends = _end(expires_at)
    _check_only(user, only)
    narrowed = None if only is None else sorted(only)
    text, token = add_token(session, label=label, user=user, expires_at=ends, only=narrowed)
    made = TokenMade(
        subject_id=token.id,
        subject_name=label,
        user=user.username,
        expires_at=ends,
        only=narrowed or [],
    )
    record(session, actor, made)
    write(session)
    return text, token


def make_station_token(session: Session, *, station_id: UUID, name: str) -> str:
    """Return the token of a station that has just enrolled; its code was its permission."""
    text, _ = add_token(session, label=name, station_id=station_id)
    write(session)
    return text


def add_token(
    session: Session,
    *,
    label: str,
    user: User | None = None,
    station_id: UUID | None = None,
    expires_at: datetime | None = None,
    idle_seconds: int | None = None,
    only: list[str] | None = None,
    agent: str | None = None,
    source_address: str | None = None,
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
        idle_seconds=idle_seconds,
        only=only,
        agent=agent,
        source_address=source_address,
    )
    session.add(token)
    return text, token


def revoke_token(session: Session, token: Token, *, actor: Actor) -> None:
    """End a token or a session; anybody may end his own."""
    if token.user_id != actor.id:
        needed = Permission.SESSIONS_REVOKE if token.is_session else Permission.TOKENS_WRITE
        actor.require(needed)
    token.revoked_at = token.revoked_at or now()
    record(session, actor, TokenRevoked(subject_id=token.id, subject_name=token.label))
    write(session)


def revoke_sessions(session: Session, user: User, *, actor: Actor) -> int:
    """End every session of a user but the one with which it is asked; return how many."""
    found = tokens_of(session, user, sessions=True, actor=actor)
    others = [token for token in found if token.id != actor.token_id]
    for token in others:
        revoke_token(session, token, actor=actor)
    return len(others)


def revoke_station_tokens(session: Session, station_id: UUID) -> None:
    """Shut a station out; the verb that revokes the station asks permission and records."""
    tokens = Token.station_id == station_id, Token.revoked_at.is_(None)
    session.execute(update(Token).where(*tokens).values(revoked_at=now()))


def token_named(session: Session, name: str) -> Token:
    """Return the token whose id is written as `name`."""
    try:
        found = session.get(Token, UUID(name))
    except ValueError:
        found = None
    if found is None:
        raise TokenNotFound(token=name)
    return found


def tokens_of(session: Session, user: User, *, sessions: bool, actor: Actor) -> list[Token]:
    """Return the live sessions, or the live tokens, of a user; anybody may see his own."""
    if user.id != actor.id:
        actor.require(Permission.SESSIONS_READ)
    kind = Token.idle_seconds.is_not(None) if sessions else Token.idle_seconds.is_(None)
    theirs = select(Token).where(Token.user_id == user.id, kind, Token.revoked_at.is_(None))
    moment = now()
    return [
        token for token in session.scalars(theirs.order_by(Token.made_at)) if token.holds(moment)
    ]


def use_is_due(token: Token) -> bool:
    """Tell whether a use of the token has to be noted: seldom, but before it counts as idle."""
    every = NOTED_EVERY.total_seconds()
    if token.idle_seconds is not None:
        every = min(every, token.idle_seconds / NOTED_PER_IDLE)
    return token.last_used_at is None or token.idle_for(now()) >= every


def note_use(session: Session, token_id: UUID) -> None:
    """Note that a token was used now."""
    session.execute(update(Token).where(Token.id == token_id).values(last_used_at=now()))


def forget_sessions(session: Session, *, at_most: int) -> int:
    """Remove sessions whose time ran out a month ago; that they were is told by the trail."""
    over = Token.idle_seconds.is_not(None), Token.expires_at < now() - FORGOTTEN_AFTER
    some = select(Token.id).where(*over).limit(at_most)
    gone = session.execute(delete(Token).where(Token.id.in_(some)))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _end(given: datetime | None) -> datetime:
    ends = given or now() + LASTS
    if ends > now() + LASTS_AT_MOST:
        raise TokenLastsTooLong(days=LASTS_AT_MOST.days)
    return ends


def _check_owner(user: User, actor: Actor) -> None:
    """Refuse a token in the name of a person, or of one of the administrators kept apart."""
    refuse_standing_in(actor, user)
    if (
        user.password_hash is not None
        and user.id != actor.id
        and actor.kind is not ActorKind.SYSTEM
    ):
        raise TokenOfAPerson(username=user.username)


def _check_only(user: User, only: Collection[str] | None) -> None:
    """Refuse a token for what its user may not do: it would mislead whoever makes it."""
    owner = actor_of_user(user)
    for name in only or ():
        if name not in set(Permission):
            raise PermissionUnknown(permission=name)
        if not owner.may(Permission(name)):
            raise TokenTooWide(permission=name, username=user.username)
