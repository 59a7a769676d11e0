"""Chores: what nobody asks for, done by one server at a time.

The lock on a chore's row is the election: whoever gets it does the chore in that very transaction,
the others go on without it. Who dies lets go of it, and what he had half done is undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from fleet.chores.models import ChoreTurn
from fleet.contracts.clock import now
from fleet.settings import Settings

AT_A_TIME: Final = 1000  # rows; so that nobody waits long for what a chore holds


@dataclass(frozen=True)
class Chore:
    """`work` does at most `AT_A_TIME` rows and says how many; as many mean that more are left."""

    name: str
    every: timedelta
    work: Callable[[Session], int]


@dataclass(frozen=True)
class Errand:
    """A chore that takes its time: whoever has the turn does it outside of that transaction.

    Who dies at it has had his turn, and the next one comes after `every`: the work has to be such
    that it can be stopped at any instant, and done by two at once.
    """

    name: str
    every: timedelta
    work: Callable[[sessionmaker[Session], Settings], int]


# Filled by `fleet.wiring`.
CHORES: Final[list[Chore]] = []
ERRANDS: Final[list[Errand]] = []


def is_due(session: Session, chore: Chore | Errand) -> bool:
    """Look, without a lock, whether it is worth asking for the turn."""
    due = session.scalar(select(ChoreTurn.due_at).where(ChoreTurn.name == chore.name))
    return due is None or due <= now()


def take_turn(session: Session, chore: Chore, *, by: str) -> int | None:
    """Do a chore and say how much there was; None where it is not due or another is at it."""
    named = ChoreTurn.name == chore.name
    if session.scalar(select(ChoreTurn.id).where(named)) is None:
        _make_row(session, chore)  # where there is one this would wait for whoever holds it
    free = select(ChoreTurn).where(named, ChoreTurn.due_at <= now())
    turn = session.scalar(free.with_for_update(skip_locked=True))
    if turn is None:
        return None
    done = chore.work(session)
    turn.due_at = now() if done >= AT_A_TIME else now() + chore.every
    turn.ran_at, turn.ran_by = now(), by
    session.flush()
    return done


def hurry(session: Session, name: str) -> None:
    """Have an errand done at the next look, whenever its turn would come."""
    session.execute(update(ChoreTurn).where(ChoreTurn.name == name).values(due_at=now()))


def _make_row(session: Session, chore: Chore) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(ChoreTurn).values(id=uuid4(), name=chore.name, due_at=now())
    session.execute(first.on_conflict_do_nothing(index_elements=[ChoreTurn.name]))
