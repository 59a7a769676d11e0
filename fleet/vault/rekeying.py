"""Wrapping every secret's key anew, while the server runs; and looking whether everything opens.

A batch is a transaction of its own and changes a text only if it is still the one that was read: a
server that seals meanwhile is never overwritten, and whoever is killed in between goes on later.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.permissions import Permission
from fleet.keys.keyring import Keyring, SecretUnreadable, key_of
from fleet.keys.sealed import SealedColumn, columns_in, every
from fleet.vault.events import VaultRewrapped

VAULT: Final = UUID(int=2)  # the vault as a whole, as the subject of an event
AT_A_TIME: Final = 1000


@dataclass(frozen=True)
class Progress:
    """`done` texts were wrapped anew; `shut` did not open and were left as they are."""

    done: int = 0
    shut: int = 0


@dataclass
class Findings:
    """`by_key` counts texts by format and key id; `shut` names what does not open, and why."""

    checked: int = 0
    by_key: Counter[str] = field(default_factory=Counter)
    shut: list[str] = field(default_factory=list)


def remaining(session: Session, keyring: Keyring) -> int:
    """Count the texts that need another key, or another cipher, than the active one."""
    return sum(_remaining(session, column, keyring) for column in columns_in(session))


def used_keys(session: Session) -> Counter[str]:
    """Count, by key id, the texts that it opens."""
    return Counter(key_of(getattr(row, column.name)) for column, row in every(session))


def rewrap_all(
    sessions: sessionmaker[Session], keyring: Keyring, *, actor: Actor
) -> Iterator[Progress]:
    """Wrap everything with the active key, batch by batch; give how far it is after each.

    Stopped between two batches, or killed in one, it goes on where it was when it is run again.
    """
    actor.require(Permission.CREDENTIALS_ADOPT)
    done = shut = 0
    with sessions() as session:
        columns = columns_in(session)
    for column in columns:
        last = None
        while True:
            with sessions.begin() as session:
                rows = column.after(session, last, limit=AT_A_TIME, but=keyring.prefix)
                changed, unread = _rewrap(session, column, rows, keyring)
                done, shut = done + changed, shut + unread
                _record(session, keyring, changed, actor)
            if not rows:
                break
            last = rows[-1].id
            yield Progress(done, shut)


def check_all(session: Session, keyring: Keyring) -> Findings:
    """Open every sealed text of the house and forget it again; memory stays flat."""
    found = Findings()
    for column, row in every(session):
        text = getattr(row, column.name)
        found.checked += 1
        found.by_key[".".join(text.split(".")[:2])] += 1
        try:
            keyring.open(text, context=column.context(row))
        except SecretUnreadable as refusal:
            why = "damaged or moved" if keyring.knows(text) else "its key is missing"
            found.shut.append(f"{refusal.context} ({why})")
    return found


def _remaining(session: Session, column: SealedColumn, keyring: Keyring) -> int:
    text = column.table.c[column.name]
    others = text.is_not(None), ~text.startswith(keyring.prefix, autoescape=True)
    return session.scalar(select(func.count()).select_from(column.table).where(*others)) or 0


def _rewrap(
    session: Session, column: SealedColumn, rows: Sequence[Row[Any]], keyring: Keyring
) -> tuple[int, int]:
    changes, shut = [], 0
    for row in rows:
        old = getattr(row, column.name)
        try:
            new = keyring.rewrap(old, context=column.context(row))
        except SecretUnreadable:
            shut += 1
            continue
        changes.append({"row": row.id, "old": old, "new": new})
    if changes:
        columns = column.table.c
        same = columns.id == bindparam("row"), columns[column.name] == bindparam("old")
        changed = update(column.table).where(*same).values({column.name: bindparam("new")})
        session.connection().execute(changed, changes)
    return len(changes), shut


def _record(session: Session, keyring: Keyring, changed: int, actor: Actor) -> None:
    if changed:
        event = VaultRewrapped(
            subject_id=VAULT, subject_name="vault", versions=changed, key=keyring.active
        )
        record(session, actor, event)
