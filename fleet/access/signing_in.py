"""Signing in: a password, a code where there is a second factor, and a session that ends."""

from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Final

from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fleet.access import guard, second_factor
from fleet.access.actor import Actor
from fleet.access.errors import LoginRefused, SecondFactorNeeded
from fleet.access.events import BreakGlassUsed, RecoveryCodeUsed, UserLoggedIn, UserLoggedOut
from fleet.access.models import AccessPolicy, Token, User
from fleet.access.permissions import SEPARATED
from fleet.access.policy import access_policy
from fleet.access.queries import actor_of, actor_of_user, user_held_still, user_named
from fleet.access.secrets import digest_of, hash_password, is_outdated, password_fits
from fleet.access.tokens import add_token
from fleet.audit.services import record
from fleet.contracts.access import FirstThing, LoginIn
from fleet.contracts.clock import now
from fleet.database import write
from fleet.keys.keyring import Keyring

LOGIN: Final = "login"  # the label of tokens that a password gave


@dataclass(frozen=True)
class Came:
    """From where somebody signs in, and with what, by its own word."""

    source_address: str | None = None
    agent: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """`text` is shown once; `first` is what has to be done before anything else."""

    text: str
    token: Token
    user: User
    first: FirstThing | None


def is_break_glass(session: Session, username: str) -> bool:
    """Tell whether this is the account in the safe, which nobody can lock."""
    named = select(User.id).where(User.username == username, User.break_glass, User.active)
    return session.scalar(named) is not None


def sign_in(session: Session, keyring: Keyring, given: LoginIn, came: Came) -> SignedIn:
    """Return a session for who knows the password, and the code where one is asked.

    The attempt was counted before (`guard.count_attempt`); being let in forgives it.
    """
    user = _known(session, given)
    return _let_in(session, keyring, user, given.code, came)


def proof_of_password(session: Session, username: str) -> str:
    """Return what tells later that somebody knew the password that a user has now.

    For a door that asks for the code on a page of its own, so that no password is sent twice; it is
    for who has just been asked for his code, and the door signs it and lets it age.
    """
    return _proof(user_named(session, username))


def sign_in_by_code(
    session: Session, keyring: Keyring, username: str, proof: str, code: SecretStr, came: Came
) -> SignedIn:
    """Return a session for who knew the password and has the code; the attempt was counted."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None or not user.active or not compare_digest(_proof(user), proof):
        raise LoginRefused
    user_held_still(session, user)
    return _let_in(session, keyring, user, code, came)


def _let_in(
    session: Session, keyring: Keyring, user: User, code: SecretStr | None, came: Came
) -> SignedIn:
    policy = access_policy(session)
    _check_code(session, keyring, user, code)
    guard.forgive(session, user.username)
    first = _first_thing(policy, user)
    text, token = add_token(
        session,
        label=LOGIN,
        user=user,
        expires_at=now() + policy.session_lasts,
        idle_seconds=policy.idle_minutes * 60,
        only=[] if first else None,
        agent=(came.agent or "")[:200] or None,
        source_address=came.source_address,
    )
    _record(session, user, token, came)
    write(session)
    return SignedIn(text, token, user, first)


def sign_out(session: Session, *, actor: Actor) -> None:
    """End the session, or the token, with which this is asked."""
    mine = update(Token).where(Token.id == actor.token_id).values(revoked_at=now())
    session.execute(mine)
    record(session, actor, UserLoggedOut(subject_id=actor.id, subject_name=actor.name))
    write(session)


def what_comes_first(session: Session, user: User) -> FirstThing | None:
    """Return what a user has to do before anything else."""
    return _first_thing(access_policy(session), user)


def done_first(session: Session, user: User, *, actor: Actor) -> FirstThing | None:
    """Widen the session once everything is done that had to come first; return what is left."""
    first = what_comes_first(session, user)
    if first is None and actor.token_id is not None:
        mine = Token.id == actor.token_id, Token.idle_seconds.is_not(None)
        session.execute(update(Token).where(*mine).values(only=None))
    return first


def _known(session: Session, given: LoginIn) -> User:
    user = session.scalar(select(User).where(User.username == given.username))
    kept = user.password_hash if user and user.active else None
    password = given.password.get_secret_value()
    if not password_fits(kept, password) or user is None:
        raise LoginRefused
    user_held_still(session, user)
    if user.password_hash != kept or not user.active:
        raise LoginRefused  # it was changed, or spent, while it was compared
    if kept and is_outdated(kept):
        user.password_hash = hash_password(password)
    return user


def _proof(user: User) -> str:
    return digest_of(f"{user.id}:{user.password_hash}")


def _check_code(session: Session, keyring: Keyring, user: User, code: SecretStr | None) -> None:
    if not user.has_second_factor or user.break_glass:
        return
    text = code.get_secret_value() if code else ""
    if not text:
        raise SecondFactorNeeded
    second_factor.check(session, keyring, user, text)
    if not text.replace(" ", "").isdigit():
        left = second_factor.codes_left(session, user)
        used = RecoveryCodeUsed(subject_id=user.id, subject_name=user.username, left=left)
        record(session, actor_of_user(user), used)


def _first_thing(policy: AccessPolicy, user: User) -> FirstThing | None:
    if user.break_glass:
        return None
    if user.must_change:
        return FirstThing.PASSWORD
    if not user.has_second_factor and _needs_second_factor(policy, user):
        return FirstThing.SECOND_FACTOR
    return None


def _needs_second_factor(policy: AccessPolicy, user: User) -> bool:
    if policy.second_factor == "everybody":
        return True
    held = {grant.role for grant in user.held(now())}
    return policy.second_factor == "administrators" and bool(held & SEPARATED)


def _record(session: Session, user: User, token: Token, came: Came) -> None:
    actor = replace(actor_of(token), source_address=came.source_address)
    event = UserLoggedIn(subject_id=user.id, subject_name=user.username, token_id=token.id)
    record(session, actor, event)
    if user.break_glass:
        # What was in the safe is spent: it is sealed anew by whoever runs the machine.
        user.alarm_since, user.password_hash = now(), None
        record(session, actor, BreakGlassUsed(subject_id=user.id, subject_name=user.username))
