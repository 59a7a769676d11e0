"""Finding accounts."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from fleet.accounts.errors import AccountNotFound, HandleOfSeveralKinds
from fleet.accounts.lifecycle import State
from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.bin import RecordKind
from fleet.contracts.wire import ListQuery
from fleet.database import taken_hold_of
from fleet.former.queries import led_to
from fleet.search.matching import named

SORTS = {
    "handle": Account.handle,
    "kind": Account.kind,
    "state": Account.state,
    "contacts": Account.contacts,
    "opened_on": Account.opened_on,
}


def account(session: Session, name: str) -> Account:
    """Return the account with a handle, or "kind:handle" where two kinds share one."""
    kind, _, handle = name.rpartition(":")
    wanted = select(Account).where(Account.handle == (handle if kind in _KINDS else name))
    if kind in _KINDS:
        wanted = wanted.where(Account.kind == AccountKind(kind))
    found = list(session.scalars(wanted))
    if not found:
        led = led_to(session, Account, RecordKind.ACCOUNT, handle if kind in _KINDS else name)
        if led is None:
            raise AccountNotFound(handle=name)
        return led
    if len(found) > 1:
        raise HandleOfSeveralKinds(handle=name, kinds=", ".join(sorted(a.kind for a in found)))
    return found[0]


_KINDS = {kind.value for kind in AccountKind}


def accounts_like(session: Session, query: ListQuery) -> Select[Account]:
    """Return the accounts that `q` names, for a list that joins who holds them."""
    columns = Account.handle, Account.nickname, Account.registrant
    handles = named(session, query.q, Account, *columns)
    beside = joinedload(Account.device), joinedload(Account.department)
    return select(Account).where(handles).options(*beside)


def accounts_on(session: Session, device_id: object) -> list[Account]:
    """Return the accounts that are used on a phone."""
    on = select(Account).where(Account.device_id == device_id)
    return list(session.scalars(on.order_by(Account.handle)))


def bound_to(session: Session, numbers: Sequence[str]) -> dict[str, list[Account]]:
    """Return the accounts that are bound to each of these numbers and still in use."""
    found: dict[str, list[Account]] = defaultdict(list)
    bound = select(Account).where(Account.number.in_(numbers), Account.state != State.DEREGISTERED)
    for account in session.scalars(bound.order_by(Account.handle)):
        found[account.number or ""].append(account)
    return found


def handles_bound_to(session: Session, numbers: Sequence[str]) -> dict[str, list[str]]:
    bound = bound_to(session, numbers)
    return {number: [one.handle for one in found] for number, found in bound.items()}


def held_still(session: Session, found: Account) -> Account:
    """Return `found` as it is now, locked until the commit: two verbs on it take turns."""
    (held,) = taken_hold_of(session, [found])
    return held
