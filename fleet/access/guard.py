"""Guessing is slowed down: after some wrong passwords in a row each further one waits longer.

An attempt is counted before it is judged, in a transaction of its own, so that a hundred guesses at
once are a hundred guesses. The same is done under names that nobody has: the answer tells nothing.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.access.errors import LockedOut
from fleet.access.events import SignInLocked
from fleet.access.models import AccessPolicy, SignInGuard
from fleet.access.policy import access_policy
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.database import write

NAMES = UUID(int=5)  # from which the subject of a name that nobody has is derived
FORGOTTEN_AFTER = timedelta(days=1)


def count_attempt(session: Session, username: str) -> None:
    """Count an attempt under a name, or refuse it, uncounted, while the name is locked."""
    guard = _counted(session, username)
    if guard.locked_until and guard.locked_until > now():
        raise LockedOut(seconds=_seconds_until(guard.locked_until))
    guard.last_at = now()
    policy = access_policy(session)
    if guard.wrong >= policy.lockout_after:
        guard.locked_until = now() + _delay(policy, guard.wrong)
        subject = uuid5(NAMES, username)
        event = SignInLocked(
            subject_id=subject,
            subject_name=username,
            wrong=guard.wrong,
            locked_until=guard.locked_until,
        )
        record(session, SYSTEM, event)
    write(session)


def forgive(session: Session, username: str) -> bool:
    """Forget the attempts under a name; tell whether there were any."""
    gone = session.execute(delete(SignInGuard).where(SignInGuard.username == _key(username)))
    return isinstance(gone, CursorResult) and gone.rowcount > 0


def purge(session: Session) -> int:
    """Forget names that nobody has tried for a day."""
    old = SignInGuard.last_at < now() - FORGOTTEN_AFTER
    gone = session.execute(delete(SignInGuard).where(old))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _counted(session: Session, username: str) -> SignInGuard:
    """Return the row of a name with this attempt counted; attempts at once wait for each other."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(SignInGuard).values(
        id=uuid4(), username=_key(username), wrong=1, last_at=now()
    )
    # What is refused unread is no guess.
    more = case((SignInGuard.locked_until > now(), SignInGuard.wrong), else_=SignInGuard.wrong + 1)
    counted = first.on_conflict_do_update(
        index_elements=[SignInGuard.username], set_={"wrong": more}
    )
    session.execute(counted)
    fresh = select(SignInGuard).where(SignInGuard.username == _key(username))
    return session.scalars(fresh.execution_options(populate_existing=True)).one()


def _delay(policy: AccessPolicy, wrong: int) -> timedelta:
    doubled = policy.lockout_seconds * 2 ** min(wrong - policy.lockout_after, 20)
    return timedelta(seconds=min(doubled, policy.lockout_seconds_most))


def _seconds_until(moment: datetime) -> int:
    return max(1, round((moment - now()).total_seconds()))


def _key(username: str) -> str:
    return username.casefold()[:200]
