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
from fleet.contracts.accounts import AccountKind
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.people.models import Department

BY_HAND: Final = {Move.FREEZE, Move.THAW, Move.DEREGISTER}

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
    nickname: str | None = None,
    number: str | None = None,
    registrant: str | None = None,
    department: Department | None = None,
) -> Account:
    actor.require(Permission.ACCOUNTS_WRITE)
    taken = select(Account.id).where(Account.kind == kind, Account.handle == handle)
    if session.scalar(taken):
        raise HandleTaken(handle=handle, kind=kind.value)
    added = enter_account(
        session,
        handle=handle,
        kind=kind,
        nickname=nickname,
        number=number,
        registrant=registrant,
        department=department,
        actor=actor,
    )
    write(session)
    for listen in NAME_LISTENERS:
        listen(session, added, actor)
    return added


def enter_account(
    session: Session,
    *,
    handle: str,
    kind: AccountKind,
    actor: Actor,
    nickname: str | None = None,
    number: str | None = None,
    registrant: str | None = None,
    department: Department | None = None,
) -> Account:
    """Register an account that is known to be new; sent with whatever comes next."""
    actor.require(Permission.ACCOUNTS_WRITE)
    added = Account(
        id=uuid4(),
        kind=kind,
        handle=handle,
        nickname=nickname,
        number=number,
        registrant=registrant,
        department=department,
    )
    session.add(added)
    record(session, actor, AccountAdded(subject_id=added.id, subject_name=handle, kind=kind))
    return added


def correct_account(
    session: Session, account: Account, changes: Mapping[str, Any], *, actor: Actor
) -> None:
    """Correct what the register says of an account."""
    actor.require(Permission.ACCOUNTS_WRITE)
    for name in {"nickname", "number", "registrant", "department"} & changes.keys():
        setattr(account, name, changes[name])
    event = AccountCorrected(subject_id=account.id, subject_name=account.handle)
    record(session, actor, event)
    if "nickname" in changes:
        for listen in NAME_LISTENERS:
            listen(session, account, actor)


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
