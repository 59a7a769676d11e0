"""Registering accounts, freezing and deregistering them."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.errors import AccountMoveNotAllowed, HandleTaken
from fleet.accounts.events import AccountAdded, AccountCorrected, AccountMoved
from fleet.accounts.lifecycle import Move
from fleet.accounts.models import Account
from fleet.accounts.queries import held_still
from fleet.audit.services import record
from fleet.contracts.accounts import AccountEdit, AccountKind
from fleet.contracts.clock import today
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.sims.numbers import require_not_gone

BY_HAND: Final = {Move.FREEZE, Move.THAW, Move.DEREGISTER}
# What people say of an account beside its kind and its handle.
SAID: Final = frozenset(AccountEdit.model_fields)

# Rooms further down that act when one was moved by hand (incidents: a measure is done); filled by
# `fleet.wiring`.
# Rooms further down that look at a nickname as it is entered (naming); filled by `fleet.wiring`.
NAME_LISTENERS: Final[list[Callable[[Session, Account, Actor], None]]] = []
MOVE_LISTENERS: Final[list[Callable[[Session, Account, Move, Actor], None]]] = []


def add_account(
    session: Session,
    *,
    handle: str,
    actor: Actor,
    kind: AccountKind = AccountKind.WECHAT,
    **said: Any,
) -> Account:
    """Register an account; `said` is what `SAID` names of it."""
    actor.require(Permission.ACCOUNTS_WRITE)
    taken = select(Account.id).where(Account.kind == kind, Account.handle == handle)
    if session.scalar(taken):
        raise HandleTaken(handle=handle, kind=kind.value)
    require_not_gone(session, said.get("number"))
    added = enter_account(session, handle=handle, kind=kind, actor=actor, **said)
    write(session)
    for listen in NAME_LISTENERS:
        listen(session, added, actor)
    return added


def enter_account(
    session: Session, *, handle: str, kind: AccountKind, actor: Actor, **said: Any
) -> Account:
    """Register an account that is known to be new; sent with whatever comes next."""
    actor.require(Permission.ACCOUNTS_WRITE)
    added = Account(id=uuid4(), kind=kind, handle=handle)
    _say(added, said)
    session.add(added)
    record(session, actor, AccountAdded(subject_id=added.id, subject_name=handle, kind=kind))
    return added


def correct_account(
    session: Session, account: Account, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Correct what the register says of an account; the caller has looked at a new number."""
    actor.require(Permission.ACCOUNTS_WRITE)
    _say(account, changes)
    event = AccountCorrected(subject_id=account.id, subject_name=account.handle)
    record(session, actor, event)
    if "nickname" in changes:
        for listen in NAME_LISTENERS:
            listen(session, account, actor)


def _say(account: Account, said: Mapping[str, Any]) -> None:
    for name in SAID & said.keys():
        setattr(account, name, said[name])
    if said.get("contacts") is not None and not said.get("contacts_on"):
        account.contacts_on = today()


def move_account(
    session: Session, account: Account, *, move: Move, reason: str, actor: Actor
) -> None:
    """Freeze an account, thaw it, or note that it was deregistered."""
    actor.require(Permission.ACCOUNTS_WRITE)
    account = held_still(session, account)
    if move not in BY_HAND:
        raise AccountMoveNotAllowed(move=move.value, state=account.state.value)
    account.move(move)
    event = AccountMoved(
        subject_id=account.id,
        subject_name=account.handle,
        move=move.value,
        state=account.state.value,
        reason=reason,
    )
    record(session, actor, event)
    for listen in MOVE_LISTENERS:
        listen(session, account, move, actor)
    write(session)
