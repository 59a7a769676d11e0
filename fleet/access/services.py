"""Letting people in, and shutting them out."""

from collections.abc import Collection
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from fleet.access import guard
from fleet.access.actor import SYSTEM, Actor, ActorKind
from fleet.access.errors import (
    EmployeeIsUser,
    NoAlarm,
    NotSignedIn,
    PasswordWrong,
    UsernameTaken,
    WouldStandIn,
)
from fleet.access.events import (
    BreakGlassAcknowledged,
    BreakGlassSealed,
    UserLetIn,
    UserMade,
    UserPasswordSet,
    UserShutOut,
    UserUnlocked,
)
from fleet.access.granting import keep_one
from fleet.access.models import Token, User
from fleet.access.passwords import check_not_used, check_password, remembered
from fleet.access.permissions import SEPARATED
from fleet.access.policy import access_policy
from fleet.access.queries import roles_held_still
from fleet.access.secrets import hash_password, new_long_password, password_fits
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.database import clash, write

BREAK_GLASS: Final = "break-glass"


def make_user(
    session: Session,
    *,
    username: str,
    name: str,
    actor: Actor,
    password: str | None = None,
    employee_id: UUID | None = None,
) -> User:
    """Let a person in, who may do nothing until a role is granted; without a password by token.

    A password that somebody else typed is changed at the first sign-in.
    """
    actor.require(Permission.USERS_WRITE)
    if session.scalar(select(User.id).where(User.username == username)):
        raise UsernameTaken(username=username)
    user = User(
        id=uuid4(),
        username=username,
        name=name,
        employee_id=employee_id,
        former_hashes=[],
        made_at=now(),
        grants=[],
    )
    if password is not None:
        check_password(access_policy(session), password, username=username)
        user.password_hash, user.must_change = (
            hash_password(password),
            actor.kind is not ActorKind.SYSTEM,
        )
    session.add(user)
    record(session, actor, UserMade(subject_id=user.id, subject_name=username))
    write(session)
    return user


def set_password(session: Session, user: User, *, password: str, actor: Actor) -> None:
    """Give a person another password, to be changed at once; whoever was logged in is out."""
    actor.require(Permission.USERS_WRITE)
    refuse_standing_in(actor, user)
    _replace_password(session, user, password, actor=actor)
    user.must_change = True
    write(session)


def change_password(
    session: Session, user: User, *, present: str, password: str, actor: Actor
) -> None:
    """Change one's own password, as one knows the present one; one's other sessions end."""
    require_signed_in(actor)
    if not password_fits(user.password_hash, present):
        raise PasswordWrong
    _replace_password(session, user, password, actor=actor)
    user.must_change = False
    write(session)


def _replace_password(session: Session, user: User, password: str, *, actor: Actor) -> None:
    check_password(access_policy(session), password, username=user.username)
    check_not_used(user, password)
    user.former_hashes = remembered(user)
    user.password_hash = hash_password(password)
    end_sessions(session, user, but=actor.token_id)
    record(session, actor, UserPasswordSet(subject_id=user.id, subject_name=user.username))


def end_sessions(session: Session, user: User, *, but: UUID | None = None) -> None:
    """End what a password gave, except the session with which it is asked."""
    others = Token.user_id == user.id, Token.idle_seconds.is_not(None), Token.revoked_at.is_(None)
    ended = update(Token).where(*others).values(revoked_at=now())
    session.execute(ended if but is None else ended.where(Token.id != but))


def require_signed_in(actor: Actor) -> None:
    """Refuse to a program's token what only the person himself may do."""
    if not actor.signed_in:
        raise NotSignedIn


def refuse_standing_in(actor: Actor, user: User) -> None:
    """Refuse to take over the access of one of the three administrators whom `actor` is not.

    Otherwise whoever lets people in would be whoever approves, and audits, as well.
    """
    mine = {held.role for held in actor.roles}
    for grant in user.held(now()):
        if grant.role in SEPARATED - mine and actor.kind is not ActorKind.SYSTEM:
            raise WouldStandIn(username=user.username, role=grant.role.value)


def shut_out(session: Session, user: User, *, actor: Actor, reason: str = "") -> None:
    """Take a person's access away: his tokens stop working with this transaction.

    His sessions end for good; tokens of programs work again when he is let in again.
    """
    actor.require(Permission.USERS_WRITE)
    roles_held_still(session)
    for grant in user.held(now()):
        keep_one(session, user, grant.role)
    user.active = False
    end_sessions(session, user)
    event = UserShutOut(subject_id=user.id, subject_name=user.username, reason=reason)
    record(session, actor, event)
    write(session)


def require_replaced(session: Session, employees: Collection[UUID]) -> None:
    """Refuse where somebody who is to leave is the last one with a role that is always held."""
    theirs = select(User).where(User.employee_id.in_(employees), User.active)
    users = session.scalars(theirs.order_by(User.username)).all()
    if users:
        roles_held_still(session)
    for user in users:
        for grant in user.held(now()):
            keep_one(session, user, grant.role)


def shut_out_leaver(session: Session, employee_id: UUID, *, actor: Actor) -> None:
    """Take the access of an employee who has left; the verb that let him go has asked."""
    user = session.scalar(select(User).where(User.employee_id == employee_id, User.active))
    if user is not None:
        shut_out(session, user, actor=SYSTEM.named(actor.name), reason="left the company")


def let_in_again(session: Session, user: User, *, actor: Actor, reason: str) -> None:
    """Give a person's access back, with the roles and tokens that have not ended meanwhile."""
    actor.require(Permission.USERS_WRITE)
    user.active = True
    event = UserLetIn(subject_id=user.id, subject_name=user.username, reason=reason)
    record(session, actor, event)
    write(session)


def unlock(session: Session, user: User, *, actor: Actor) -> None:
    """Forget the wrong passwords under a user's name, so that he need not wait."""
    actor.require(Permission.USERS_WRITE)
    if guard.forgive(session, user.username):
        record(session, actor, UserUnlocked(subject_id=user.id, subject_name=user.username))
    write(session)


def seal_break_glass(session: Session, *, actor: Actor) -> tuple[User, str]:
    """Return the account for the safe and its new password, shown this once.

    The verb that grants it its roles is the caller's next; an alarm that stands stays.
    """
    actor.require(Permission.USERS_WRITE)
    user = session.scalar(select(User).where(User.username == BREAK_GLASS))
    if user is None:
        user = make_user(session, username=BREAK_GLASS, name=BREAK_GLASS, actor=actor)
    password = new_long_password()
    user.break_glass, user.active, user.password_hash = True, True, hash_password(password)
    session.execute(delete(Token).where(Token.user_id == user.id, Token.idle_seconds.is_(None)))
    end_sessions(session, user)
    record(session, actor, BreakGlassSealed(subject_id=user.id, subject_name=user.username))
    write(session)
    return user, password


def raise_alarm(session: Session, user_id: UUID) -> None:
    """Let everybody see that the account in the safe is used; an alarm that stands stays."""
    user = session.get_one(User, user_id)
    user.alarm_since = user.alarm_since or now()


def acknowledge_alarm(session: Session, user: User, *, reason: str, actor: Actor) -> None:
    """Note that somebody has looked into the use of the account in the safe."""
    actor.require(Permission.GRANTS_WRITE)
    if user.alarm_since is None:
        raise NoAlarm(username=user.username)
    user.alarm_since = None
    event = BreakGlassAcknowledged(subject_id=user.id, subject_name=user.username, reason=reason)
    record(session, actor, event)
    write(session)


for _form in ("uq_app_user_employee_id", "app_user.employee_id"):
    clash(_form, EmployeeIsUser)
