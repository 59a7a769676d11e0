"""Counting in one statement, so that two processes never count the same twice."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.contracts.clock import now
from fleet.limits.models import RateCounter


def count(session: Session, key: str, *, seconds: int, amount: int = 1) -> int:
    """Count and return how often it was in the present window; one that is over begins anew."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    moment, ends = now(), now() + timedelta(seconds=seconds)
    first = dialect.insert(RateCounter).values(id=uuid4(), key=key, count=amount, ends_at=ends)
    over = RateCounter.ends_at <= moment
    counted = first.on_conflict_do_update(
        index_elements=[RateCounter.key],
        set_={
            "count": case((over, amount), else_=RateCounter.count + amount),
            "ends_at": case((over, ends), else_=RateCounter.ends_at),
        },
    )
    number: int = session.execute(counted.returning(RateCounter.count)).scalar_one()
    return number


def counted(session: Session, key: str) -> tuple[int, datetime]:
    """Return the count of the present window and its end; 0 and now where there is none."""
    found = select(RateCounter).where(RateCounter.key == key, RateCounter.ends_at > now())
    row = session.scalar(found)
    return (row.count, row.ends_at) if row else (0, now())


def forget(session: Session, key: str | None = None) -> int:
    """Forget one counter, or all of them."""
    gone = delete(RateCounter)
    done = session.execute(gone if key is None else gone.where(RateCounter.key == key))
    return done.rowcount if isinstance(done, CursorResult) else 0


def purge(session: Session) -> int:
    """Forget the windows that are over."""
    done = session.execute(delete(RateCounter).where(RateCounter.ends_at <= now()))
    return done.rowcount if isinstance(done, CursorResult) else 0
