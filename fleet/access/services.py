"""Letting people in, and shutting them out."""

from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.errors import EmployeeIsUser, LoginRefused, UsernameTaken
from fleet.access.events import UserLoggedIn, UserMade, UserPasswordSet, UserShutOut
from fleet.access.models import Token, User
from fleet.access.policy import access_policy, check_password
from fleet.access.queries import actor_of_user
from fleet.access.secrets import hash_password, password_fits
from fleet.access.tokens import add_token
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import clash, write

LOGIN: Final = "login"  # the label of tokens that a password gave


def make_user(
    session: Session,
    *,
    username: str,
    name: str,
    actor: Actor,
    password: str | None = None,
    employee_id: UUID | None = None,
) -> User:
    """Let a person in, who may do nothing until a role is granted; without a password by token."""
    actor.require(Permission.USERS_WRITE)
    if session.scalar(select(User.id).where(User.username == username)):
        raise UsernameTaken(username=username)
    user = User(
        id=uuid4(),
        username=username,
        name=name,
        employee_id=employee_id,
        password_hash=None if password is None else _accepted(session, password),
        made_at=now(),
        grants=[],
    )
    session.add(user)
    record(session, actor, UserMade(subject_id=user.id, subject_name=username))
    write(session)
    return user


def _accepted(session: Session, password: str) -> str:
    check_password(access_policy(session), password)
    return hash_password(password)


def set_password(session: Session, user: User, *, password: str, actor: Actor) -> None:
    """Give a person another password; whoever had logged in with the one before is logged out."""
    actor.require(Permission.USERS_WRITE)
    user.password_hash = _accepted(session, password)
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
    ends = now() + access_policy(session).session_lasts
    text, token = add_token(session, label=LOGIN, user=user, expires_at=ends)
    actor = actor_of_user(user, source_address=source_address)
    event = UserLoggedIn(subject_id=user.id, subject_name=username, token_id=token.id)
    record(session, actor, event)
    write(session)
    return text, token


for _form in ("uq_app_user_employee_id", "app_user.employee_id"):
    clash(_form, EmployeeIsUser)
