"""Tokens: what programs and stations show to be known; made, used, ended."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.events import TokenMade, TokenRevoked
from fleet.access.models import Token, User
from fleet.access.secrets import digest_of, new_token
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import write

# A token's last use is noted no oftener, so that most requests write nothing.
NOTED_EVERY: Final = timedelta(minutes=10)


def make_token(
    session: Session,
    *,
    user: User,
    label: str,
    actor: Actor,
    expires_at: datetime | None = None,
) -> tuple[str, Token]:
    """Return a token that works as `user`, for a program or a profile; shown this once."""
    actor.require(Permission.TOKENS_WRITE)
    text, token = add_token(session, label=label, user=user, expires_at=expires_at)
    made = TokenMade(subject_id=token.id, subject_name=label, expires_at=expires_at)
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
        actor.require(Permission.TOKENS_WRITE)
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
