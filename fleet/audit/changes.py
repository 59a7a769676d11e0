"""What changed: the columns of rows that a transaction alters, before and after.

A model says in `__trail__` which of its columns may be told, and in `__untold__` which may not and
why; what is in neither is found by a test. Nothing is told that is not named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import PassiveFlag, Session
from sqlalchemy.orm.attributes import get_history, instance_state

from fleet.audit.events import plain
from fleet.database import Base

_SEEN = "audit.changes"

Changes = dict[str, list[Any]]


@dataclass(frozen=True)
class Change:
    """One column of one row: `name` is "table.column"."""

    row: UUID
    name: str
    old: Any
    new: Any


def seen(session: Session) -> list[Change]:
    """Return what this transaction has changed so far, in order; a rollback cuts its end off."""
    return session.info.setdefault(_SEEN, [])  # type: ignore[no-any-return]


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: object) -> None:
    """Note what a flush sent; a key that came by a relationship is known only now."""
    for row in (*session.new, *session.dirty):
        if isinstance(row, Base) and row.__trail__:
            seen(session).extend(_changes_of(row))


def _changes_of(row: Base) -> Iterable[Change]:
    touched = instance_state(row).committed_state  # of a new row most columns are not
    for column in filter(touched.__contains__, row.__trail__):
        history = get_history(row, column, PassiveFlag.PASSIVE_NO_INITIALIZE)
        if not history.has_changes():
            continue
        old, new = _first(history.deleted), _first(history.added)
        if old != new:
            shown = row.__masked__.get(column, plain)
            yield Change(
                row=row.id,
                name=f"{row.__tablename__}.{column}",
                old=None if old is None else shown(old),
                new=None if new is None else shown(new),
            )


def _first(values: Sequence[Any] | None) -> Any:
    return values[0] if values else None


def shared_out(subjects: Sequence[UUID], changes: Iterable[Change]) -> list[Changes]:
    """Return, for each event by its subject, what changed: on its own row, or else by the last.

    A column that changed several times is told once, from the first value to the last; one that
    ended as it began is not told.
    """
    last_of = {subject: place for place, subject in enumerate(subjects)}
    told: list[Changes] = [{} for _ in subjects]
    rows: list[dict[str, UUID]] = [{} for _ in subjects]
    for change in changes:
        place = last_of.get(change.row, len(subjects) - 1)
        name = _name_in(rows[place], change)
        old = told[place][name][0] if name in told[place] else change.old
        told[place][name] = [old, change.new]
    return [{name: both for name, both in each.items() if both[0] != both[1]} for each in told]


def _name_in(rows: dict[str, UUID], change: Change) -> str:
    """Name a column; where two rows of one table changed, the second one with its row."""
    owner = rows.setdefault(change.name, change.row)
    return change.name if owner == change.row else f"{change.name} of {change.row}"
