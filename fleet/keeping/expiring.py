"""Which backups are over their time, by these terms or those, and which stay for all that."""

from collections.abc import Callable, Collection, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from fleet.access.actor import Actor
from fleet.backups.models import Backup, BackupPack
from fleet.contracts.backups import UNDER_WAY, BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import ExpiringOut, ExpiryOut, Purpose
from fleet.contracts.permissions import Permission
from fleet.devices.models import Device
from fleet.keeping.preserving import preserved
from fleet.keeping.retention import Retention, retention
from fleet.openings.queries import in_force
from fleet.people.models import Employee

MOST: Final = 1000  # backups in one run
ENDED: Final = (
    BackupState.COMPLETE,
    BackupState.INCOMPLETE,
    BackupState.FAILED,
    BackupState.DAMAGED,
    BackupState.CANCELLED,
)
# Rooms further up that still need some of these backups; filled by `fleet.wiring`.
NEEDS: Final[list[Callable[[Session, Collection[UUID]], set[UUID]]]] = []


@dataclass(frozen=True)
class Due:
    """A backup that is over its time."""

    id: UUID
    number: str
    device: str
    purpose: Purpose
    ended_at: datetime
    expired_at: datetime
    packs: int
    bytes: int


@dataclass
class Expiry:
    """What is over its time: `due` goes, the others stay all the same."""

    due: list[Due] = field(default_factory=list)
    preserved: int = 0
    needed: int = 0
    more: bool = False


def expiry(session: Session, *, actor: Actor) -> Expiry:
    """Return what is over its time now, so many at most."""
    actor.require(Permission.BACKUPS_DELETE)
    found = Expiry()
    with closing(_over_their_time(session, retention(session), now(), found)) as over:
        while len(found.due) < MOST and (some := list(islice(over, MOST))):
            needed = needed_among(session, [one.id for one in some])
            found.needed += len(needed)
            found.due += [one for one in some if one.id not in needed]
        found.more = len(found.due) > MOST or next(over, None) is not None
    del found.due[MOST:]
    return found


def count_over(session: Session, terms: Retention, at: datetime) -> int:
    """Return how many backups are over their time by these terms, be they needed or not."""
    return sum(1 for _one in _over_their_time(session, terms, at, Expiry()))


def needed_among(session: Session, backups: Collection[UUID]) -> set[UUID]:
    """Return which of these stay whatever their age: somebody needs them, or reads them now."""
    if not backups:
        return set()
    return set(in_force(session, backups)).union(*(needs(session, backups) for needs in NEEDS))


def _over_their_time(
    session: Session, terms: Retention, at: datetime, found: Expiry
) -> Generator[Due]:
    older = Backup.ended_at <= at - timedelta(days=terms.shortest(at))
    asked = _candidates().where(or_(older, Backup.state == BackupState.CANCELLED))
    with closing(session.execute(asked.execution_options(yield_per=MOST))) as rows:
        for key, number, state, purpose, ended_at, tag, place, kept, packs, size in rows:
            expired_at = terms.terms(purpose, place, at).expires(ended_at)
            if state is BackupState.CANCELLED:
                expired_at = ended_at
            if expired_at is None or expired_at > at:
                continue
            if kept:
                found.preserved += 1
            else:
                yield Due(key, number, tag, purpose, ended_at, expired_at, packs, int(size or 0))


def _candidates() -> Select[Any]:
    """Give everything that has ended, and that no backup under way may build upon, by age.

    One that was cancelled has nothing but its packs, and stays in the list where it has none.
    """
    other = aliased(Backup)
    running = other.device_id == Backup.device_id, other.state.in_(UNDER_WAY)
    mine = BackupPack.backup_id == Backup.id
    return (
        select(
            Backup.id,
            Backup.number,
            Backup.state,
            Backup.purpose,
            Backup.ended_at,
            Device.tag,
            Employee.department_id,
            preserved().label("preserved"),
            select(func.count()).where(mine).correlate(Backup).scalar_subquery().label("packs"),
            select(func.sum(BackupPack.size)).where(mine).correlate(Backup).scalar_subquery(),
        )
        .join(Backup.device)
        .outerjoin(Backup.holder)
        .where(Backup.state.in_(ENDED), ~exists().where(*running))
        .where(or_(Backup.state != BackupState.CANCELLED, exists().where(mine)))
        .order_by(Backup.ended_at, Backup.id)
    )


def shown_expiry(found: Expiry, *, dry_run: bool) -> ExpiryOut:
    return ExpiryOut(
        items=[
            ExpiringOut(
                number=one.number,
                device=one.device,
                purpose=one.purpose,
                ended_at=one.ended_at,
                expired_at=one.expired_at,
                packs=one.packs,
                bytes=one.bytes,
            )
            for one in found.due
        ],
        preserved=found.preserved,
        needed=found.needed,
        more=found.more,
        dry_run=dry_run,
    )
