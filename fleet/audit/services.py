"""Every state change is recorded in the transaction that makes it, and chained as it commits.

Events wait in the session until the commit: the lock on the chain's head is then held for a moment
only, and what is rolled back leaves no entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session, SessionTransaction

from fleet.audit.changes import Changes, seen, shared_out
from fleet.audit.events import Event, plain
from fleet.audit.models import AuditEntry, AuditHead
from fleet.contracts.chain import START, hash_of
from fleet.contracts.clock import now
from fleet.database import in_turn

HEAD = UUID(int=1)

_PENDING = "audit.pending"
_MARKS = "audit.marks"


class Who(Protocol):
    """Whoever acts; `access.Actor` is one."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def on_behalf(self) -> str | None: ...
    @property
    def source_address(self) -> str | None: ...
    @property
    def request_id(self) -> str | None: ...


@dataclass(frozen=True)
class Recorded:
    at: datetime
    who: Who
    what: Event


def record(session: Session, actor: Who, what: Event) -> None:
    """Remember that `actor` did `what`; it is stored if and only if the transaction is."""
    if not session.in_transaction():
        session.begin()  # so that a rollback finds something to roll back
    _pending(session).append(Recorded(now(), actor, what))


def recorded(session: Session) -> list[Event]:
    """Return the events of this transaction that are still to be chained."""
    return [item.what for item in _pending(session)]


def _pending(session: Session) -> list[Recorded]:
    return session.info.setdefault(_PENDING, [])  # type: ignore[no-any-return]


def _marks(session: Session) -> WeakKeyDictionary[SessionTransaction, tuple[int, int]]:
    """Return how many events and changes there were as each transaction and savepoint began."""
    return session.info.setdefault(_MARKS, WeakKeyDictionary())  # type: ignore[no-any-return]


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    _marks(session)[transaction] = len(_pending(session)), len(seen(session))


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, transaction: SessionTransaction) -> None:
    """Forget what was recorded since the savepoint that is rolled back began.

    A flush that fails takes the savepoint around it along: the session says so of the flush alone.
    """
    while transaction.parent is not None and not transaction.nested:
        transaction = transaction.parent
    nothing = (0, 0)
    events, changes = _marks(session).get(transaction, nothing) if transaction.nested else nothing
    del _pending(session)[events:]
    del seen(session)[changes:]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _pending(session).clear()
        seen(session).clear()


@event.listens_for(Session, "before_commit")
def _chain_pending(session: Session) -> None:
    if session.in_nested_transaction() or not _pending(session):
        return
    _chain(session)


def chain_early(session: Session, *, beyond: int) -> None:
    """Chain what waits where it is more than that many events, so that memory need not hold it.

    The chain's head stays locked until the commit: only for what is too much for one moment.
    """
    if len(_pending(session)) > beyond and not session.in_nested_transaction():
        _chain(session)


def _chain(session: Session) -> None:
    session.flush()
    waiting = list(_pending(session))
    changes = shared_out([item.what.subject_id for item in waiting], seen(session))
    _pending(session).clear()
    seen(session).clear()
    _append(session, zip(waiting, changes, strict=True))


def _append(session: Session, waiting: Iterable[tuple[Recorded, Changes]]) -> None:
    head = _locked_head(session)
    rows = []
    for item, changes in waiting:
        row = _row(item, changes, sequence=head.entries + 1, previous=head.hash)
        head.entries, head.hash = row["sequence"], row["hash"]
        rows.append(row)
    session.execute(insert(AuditEntry), rows)
    session.flush()


def _locked_head(session: Session) -> AuditHead:
    """Return the head as it is now, held until the commit; SQLite holds its write lock already."""
    in_turn(session, "audit")
    fresh = select(AuditHead).execution_options(populate_existing=True)
    head = session.scalars(fresh).one_or_none()
    if head is None:
        head = AuditHead(id=HEAD, entries=0, hash=START)
        session.add(head)
    return head


def _row(item: Recorded, changes: Changes, *, sequence: int, previous: str) -> dict[str, Any]:
    row = {
        "id": uuid4(),
        "sequence": sequence,
        "at": item.at,
        "actor_id": item.who.id,
        "actor_name": item.who.name,
        "actor_kind": plain(item.who.kind),
        "actor_role": item.who.role,
        "on_behalf": item.who.on_behalf,
        "event": item.what.name,
        "subject_kind": item.what.subject_kind,
        "subject_id": item.what.subject_id,
        "subject_name": item.what.subject_name,
        "details": item.what.details,
        "changes": changes,
        "request_id": item.who.request_id,
        "source_address": item.who.source_address,
        "previous": previous,
    }
    return {**row, "hash": hash_of(row)}
