"""Looking whether all that is named is in the storage: quickly by its list, or byte by byte.

A look goes on where it was, whoever does it and whenever he was stopped. What seems wrong is asked
for again before anybody is told: things come and go while a long list is read.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from math import inf
from time import monotonic
from typing import Final, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.backups.errors import NotInStorage, StillInStorage
from fleet.backups.models import Backup
from fleet.backups.storage import OBJECTS, Pace, Storage, Stored, storage_of
from fleet.chores.services import hurry
from fleet.contracts.clock import now
from fleet.contracts.keeping import (
    Depth,
    FaultKind,
    OrphansOut,
    StorageCheckOut,
    StorageCheckQuery,
)
from fleet.contracts.permissions import Permission
from fleet.counting import next_number
from fleet.database import in_turn, reading, write
from fleet.keeping import events
from fleet.keeping.errors import CheckNotFound
from fleet.keeping.faults import Wrong, end_fault, mark_damaged, note_wrong
from fleet.keeping.models import StorageCheck, StorageFault
from fleet.keeping.objects import (
    NOTES,
    Named,
    backups_naming,
    is_named,
    kind_in,
    kinds,
    named,
    resealed_as,
    size_of_named,
)
from fleet.openings.sealed import taken_by
from fleet.paging import containing, page
from fleet.settings import Settings

Sessions = sessionmaker[Session]
Item = TypeVar("Item", Named, Stored)

YOUNG: Final = timedelta(days=1)  # what nobody names yet may be on its way to be named
AT_ONCE: Final = 1000  # objects between two notes of how far it is
READ_AT_ONCE: Final = 100  # names that are known ahead while objects are read
NOTE_SECONDS: Final = 5.0  # or so long, where reading them takes its time
TAKEN_FOR_DEAD: Final = timedelta(minutes=15)
TURN_SECONDS: Final = 300.0  # in one turn of an errand
QUICK_ERRAND: Final = "backups.look"
DEEP_ERRAND: Final = "backups.read"
SORTS: Final = {"started_at": StorageCheck.started_at, "number": StorageCheck.number}


@dataclass(frozen=True)
class Pair:
    """An object as the store has it, and as backups name it; one of both may be missing."""

    name: str
    stored: Stored | None
    named: Named | None


@dataclass
class Batch:
    """What was looked at since the last note."""

    cursor: str = ""
    objects: int = 0
    bytes: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    began: float = field(default_factory=monotonic)

    @property
    def is_full(self) -> bool:
        return self.objects >= AT_ONCE or monotonic() - self.began > NOTE_SECONDS


def begin(session: Session, depth: Depth, *, actor: Actor) -> StorageCheck:
    """Begin a look, or return the one of its kind that is under way."""
    actor.require(Permission.BACKUPS_CHECK)
    in_turn(session, "storage check")
    if depth is Depth.DEEP:
        hurry(session, DEEP_ERRAND)
    under_way = StorageCheck.depth == depth, StorageCheck.ended_at.is_(None)
    known = session.scalar(select(StorageCheck).where(*under_way))
    if known is not None:
        return known
    moment = now()
    number = next_number(session, f"storage_check.{moment.year}")
    check = StorageCheck(
        id=uuid4(),
        number=f"SC-{moment.year}-{number:03d}",
        depth=depth,
        asked_by=actor.name,
        started_at=moment,
        cursor="",
        **dict.fromkeys(("objects", "bytes", "found", "healed", "orphans", "orphan_bytes"), 0),
    )
    session.add(check)
    write(session)
    return check


def go_on(
    sessions: Sessions, settings: Settings, key: UUID, *, seconds: float | None = None
) -> bool:
    """Look on, for some seconds or to the end; tell whether the look has ended.

    Where somebody else is at it, nothing is done.
    """
    check = _taken(sessions, key)
    if check is None:
        return False
    until = inf if seconds is None else monotonic() + seconds
    storage, pace = storage_of(settings), Pace(settings.deep_check_bytes_per_second)
    try:
        if check.depth is Depth.QUICK:
            done = _compare(sessions, storage, check, until)
        else:
            done = _read(sessions, storage, check, pace, until)
        ended = done and _look_again(sessions, storage, check, pace, until)
        if ended:
            _end(sessions, key)
    finally:
        _let_go(sessions, key)
    return ended


def look_by_itself(sessions: Sessions, settings: Settings) -> int:
    """Look over the list of the store, and go on soon where a turn was not enough: an errand."""
    with sessions.begin() as session:
        check = begin(session, Depth.QUICK, actor=SYSTEM)
    if not go_on(sessions, settings, check.id, seconds=TURN_SECONDS):
        with sessions.begin() as session:
            hurry(session, QUICK_ERRAND)
    return 1


def read_by_itself(sessions: Sessions, settings: Settings) -> int:
    """Read on for a turn where a deep look is under way, or it is time for one: an errand."""
    with sessions.begin() as session:
        if not _is_time_to_read(session, settings):
            return 0
        check = begin(session, Depth.DEEP, actor=SYSTEM)
    go_on(sessions, settings, check.id, seconds=TURN_SECONDS)
    return 1


def ask_removal(session: Session, *, dry_run: bool, actor: Actor) -> OrphansOut:
    """Have the objects deleted that nobody names; each is asked about again before it goes."""
    actor.require(Permission.BACKUPS_DELETE)
    in_turn(session, OBJECTS)
    orphans = StorageFault.kind == FaultKind.ORPHAN, StorageFault.ended_at.is_(None)
    rows = session.scalars(select(StorageFault).where(*orphans)).all()
    if not dry_run:
        for row in rows:
            row.removal_by = actor.name
            asked = events.OrphanRemovalAsked(
                subject_id=row.id, subject_name=row.object, size=row.size
            )
            record(session, actor, asked)
        write(session)
    return OrphansOut(objects=len(rows), bytes=sum(row.size or 0 for row in rows), dry_run=dry_run)


def remove_orphans(sessions: Sessions, settings: Settings) -> int:
    """Delete the orphans that somebody has asked for: an errand."""
    storage, removed, stuck = storage_of(settings), 0, None
    still = StorageFault.kind == FaultKind.ORPHAN, StorageFault.ended_at.is_(None)
    asked = select(StorageFault).where(StorageFault.removal_by.is_not(None), *still)
    with sessions() as session:
        keys = reading(session).scalars(asked.with_only_columns(StorageFault.id)).all()
    for key in keys:
        try:
            with sessions.begin() as session:
                in_turn(session, OBJECTS)
                fault = session.scalar(asked.where(StorageFault.id == key))
                removed += fault is not None and _remove(session, storage, fault)
        except StillInStorage as refusal:
            stuck = refusal  # of one object alone, as of those that are deleted with a backup
    if stuck is not None:
        raise stuck
    return removed


def _remove(session: Session, storage: Storage, fault: StorageFault) -> bool:
    """Delete an orphan, unless a backup has come to name it; tell whether it is gone."""
    if is_named(session, fault.object):
        end_fault(session, fault, because="it is named now", actor=SYSTEM)
        return False
    storage.delete([fault.object])
    by = SYSTEM.named(fault.removal_by or "")
    end_fault(session, fault, because="deleted: nobody named it", actor=by)
    return True


def _is_time_to_read(session: Session, settings: Settings) -> bool:
    deep = StorageCheck.depth == Depth.DEEP
    if session.scalar(select(StorageCheck.id).where(deep, StorageCheck.ended_at.is_(None))):
        return True
    last = session.scalar(select(func.max(StorageCheck.ended_at)).where(deep))
    wait = timedelta(days=settings.deep_check_days)
    if settings.deep_check_days == 0 or (last is not None and last + wait > now()):
        return False
    return session.scalar(select(Backup.id).limit(1)) is not None


def _taken(sessions: Sessions, key: UUID) -> StorageCheck | None:
    """Take a look that is under way; None where it has ended, or somebody else is at it."""
    with sessions.begin() as session:
        check = session.get(StorageCheck, key, with_for_update=True)
        if check is None or check.ended_at is not None:
            return None
        if check.busy_until is not None and check.busy_until > now():
            return None
        check.busy_until = now() + TAKEN_FOR_DEAD
        return check


def _let_go(sessions: Sessions, key: UUID) -> None:
    with sessions.begin() as session:
        check = session.get(StorageCheck, key)
        if check is not None:
            check.busy_until = None


def _compare(sessions: Sessions, storage: Storage, check: StorageCheck, until: float) -> bool:
    """Compare the store's list with one streaming query of each kind; tell whether it is done."""
    batch, old = Batch(), now() - YOUNG
    with sessions() as session, closing(_pairs(reading(session), storage, check.cursor)) as pairs:
        for pair in pairs:
            batch.cursor = pair.name
            batch.objects += 1
            _judge(batch, pair, old)
            if batch.is_full:
                _note(sessions, storage, check, batch)
                batch = Batch(batch.cursor)
                if monotonic() > until:
                    return False
    _note(sessions, storage, check, batch)
    return True


def _pairs(session: Session, storage: Storage, cursor: str) -> Generator[Pair]:
    for kind in kinds():
        if cursor and kind < kind_in(cursor):
            continue
        after = cursor if kind_in(cursor) == kind else ""
        yield from _merged(storage.listed(kind, after=after), named(session, kind, after=after))


def _merged(stored: Iterator[Stored], named_: Iterator[Named]) -> Iterator[Pair]:
    """Give every name of both in order; each is read once, and neither is kept."""
    mine, theirs = next(stored, None), next(named_, None)
    while mine is not None or theirs is not None:
        names = [one.name for one in (mine, theirs) if one is not None]
        name = min(names)
        here = mine if mine is not None and mine.name == name else None
        there = theirs if theirs is not None and theirs.name == name else None
        yield Pair(name, here, there)
        mine = next(stored, None) if here else mine
        theirs = next(named_, None) if there else theirs


def _judge(batch: Batch, pair: Pair, old: datetime) -> None:
    stored, named_ = pair.stored, pair.named
    if stored is None:
        batch.wrong.append(Wrong(pair.name, FaultKind.ABSENT))
    elif named_ is None:
        if stored.stored_at < old:
            batch.wrong.append(Wrong(pair.name, FaultKind.ORPHAN, size=stored.size))
    elif named_.size not in {None, stored.size}:
        batch.wrong.append(_size_differs(pair.name, named_.size, stored.size))
    batch.bytes += stored.size if stored else 0


def _size_differs(name: str, expected: int | None, seen: int) -> Wrong:
    return Wrong(name, FaultKind.WRONG_SIZE, expected=str(expected), seen=str(seen), size=seen)


def _read(
    sessions: Sessions, storage: Storage, check: StorageCheck, pace: Pace, until: float
) -> bool:
    """Read object after object and compare its digest with its name; tell whether it is done."""
    batch = Batch()
    while True:
        some = _next_named(sessions, batch.cursor or check.cursor)
        for one in some:
            wrong, size = _wrong_inside(storage, one, pace)
            batch.cursor = one.name
            batch.objects += 1
            batch.bytes += size
            batch.wrong += [wrong] if wrong else []
            if batch.is_full:
                _note(sessions, storage, check, batch)
                batch = Batch(batch.cursor)
            if monotonic() > until:
                _note(sessions, storage, check, batch)
                return False
        if not some:
            _note(sessions, storage, check, batch)
            return True


def _next_named(sessions: Sessions, cursor: str) -> list[Named]:
    """Return what comes next: no question stays open while objects are read for hours."""
    with sessions() as session:
        reading(session)
        for kind in kinds():
            if cursor and kind < kind_in(cursor):
                continue
            after = cursor if kind_in(cursor) == kind else ""
            with closing(named(session, kind, after=after)) as every:
                some = list(islice(every, READ_AT_ONCE))
            if some:
                return some
    return []


def _wrong_inside(storage: Storage, one: Named, pace: Pace) -> tuple[Wrong | None, int]:
    """Read an object, and once more where it is not what its name says."""
    size = 0
    for _attempt in range(2):
        try:
            seen, size = storage.digest_of(one.name, pace=pace)
        except NotInStorage:
            return Wrong(one.name, FaultKind.ABSENT), size
        if seen == one.digest:
            return None, size
    if one.size not in {None, size}:
        return _size_differs(one.name, one.size, size), size
    return Wrong(one.name, FaultKind.ALTERED, expected=one.digest, seen=seen, size=size), size


def _note(sessions: Sessions, storage: Storage, check: StorageCheck, batch: Batch) -> None:
    """Write down how far it is, and what is wrong for sure."""
    asked = [(wrong, storage.size_of(wrong.object)) for wrong in batch.wrong]
    with sessions.begin() as session:
        row = session.get_one(StorageCheck, check.id)
        row.cursor = batch.cursor or row.cursor
        row.busy_until = now() + TAKEN_FOR_DEAD
        row.objects += batch.objects
        row.bytes += batch.bytes
        for wrong, size in asked:
            if _is_still_so(session, wrong, size):
                _take_in(session, storage, row, wrong)


def _take_in(session: Session, storage: Storage, check: StorageCheck, wrong: Wrong) -> None:
    if wrong.kind is FaultKind.ORPHAN:
        check.orphans += 1
        check.orphan_bytes += wrong.size or 0
    elif kind_in(wrong.object) == NOTES:
        _write_anew(session, storage, check, wrong.object)
        return
    check.found += note_wrong(session, wrong, by=check.number, actor=SYSTEM)


def _write_anew(session: Session, storage: Storage, check: StorageCheck, note: str) -> None:
    """Write a note again that was lost or altered: nothing but what the rows say is in it."""
    in_turn(session, OBJECTS)  # nobody seals anew meanwhile what it is about
    called = resealed_as(session, note)
    if called is None:
        return
    storage.put_note(note, called)
    check.healed += 1
    written = events.NoteWrittenAnew(subject_id=check.id, subject_name=check.number, object=note)
    record(session, SYSTEM, written)


def _is_still_so(session: Session, wrong: Wrong, size: int | None) -> bool:
    """Tell whether a second question has the same answer, and the rows still say so."""
    kept, expected = size_of_named(session, wrong.object)
    if wrong.kind is FaultKind.ORPHAN:
        return size is not None and not is_named(session, wrong.object)
    if not kept:
        return False
    if wrong.kind is FaultKind.ABSENT:
        return size is None
    return wrong.kind is FaultKind.ALTERED or size != expected


def _look_again(
    sessions: Sessions, storage: Storage, check: StorageCheck, pace: Pace, until: float
) -> bool:
    """Look once more at what was wrong before: it may be good again, or nobody's any more.

    One after the other, each in a transaction of its own; tell whether it is done.
    """
    while (fault := _next_wrong(sessions, check)) is not None:
        good = _is_good(storage, fault, pace)
        with sessions.begin() as session:
            row = session.get_one(StorageCheck, check.id)
            row.busy_until = now() + TAKEN_FOR_DEAD
            row.healed += _reconsidered(session, fault.id, good=good)
        if monotonic() > until:
            return False
    return True


def _next_wrong(sessions: Sessions, check: StorageCheck) -> StorageFault | None:
    """Return what this look has neither found nor asked for again."""
    earlier = func.coalesce(StorageFault.looked_at, StorageFault.found_at) < check.started_at
    some = select(StorageFault).where(StorageFault.ended_at.is_(None), earlier)
    with sessions() as session:
        return reading(session).scalar(some.order_by(StorageFault.found_at).limit(1))


def _is_good(storage: Storage, fault: StorageFault, pace: Pace) -> bool:
    """Tell whether an object is what it is to be: an orphan is so when it is gone.

    Of what a drill did not bring back, a drill alone can tell.
    """
    if fault.kind is FaultKind.ORPHAN:
        return storage.size_of(fault.object) is None
    if fault.kind is FaultKind.UNRESTORABLE:
        return False
    try:
        return storage.digest_of(fault.object, pace=pace)[0] == fault.digest
    except NotInStorage:
        return False


def _reconsidered(session: Session, key: UUID, *, good: bool) -> bool:
    """End a fault that is over, and tell so; otherwise mark what has come to name it since."""
    fault = session.get_one(StorageFault, key)
    if fault.ended_at is not None:
        return False
    fault.looked_at = now()
    is_orphan = fault.kind is FaultKind.ORPHAN
    because = _why_over(good=good, orphan=is_orphan, kept=is_named(session, fault.object))
    if because is not None:
        _carry_over(session, fault)
        end_fault(session, fault, because=because, actor=SYSTEM)
        return True
    if not is_orphan:
        mark_damaged(session, fault, backups_naming(session, fault.object), actor=SYSTEM)
    return False


def _carry_over(session: Session, fault: StorageFault) -> None:
    """Hold what a drill did not bring back against the object that it was sealed anew to."""
    anew = taken_by(session, fault.digest) if fault.kind is FaultKind.UNRESTORABLE else None
    if anew is not None and is_named(session, anew):
        wrong = Wrong(anew, fault.kind, seen=fault.seen)
        note_wrong(session, wrong, by=fault.found_by, actor=SYSTEM)


def _why_over(*, good: bool, orphan: bool, kept: bool) -> str | None:
    if orphan:
        return "it is gone" if good else "it is named now" if kept else None
    if not kept:
        return "no backup names it any more"
    return "it is there, and good" if good else None


def _end(sessions: Sessions, key: UUID) -> None:
    with sessions.begin() as session:
        check = session.get_one(StorageCheck, key)
        check.ended_at = now()
        event = events.StorageChecked(
            subject_id=check.id,
            subject_name=check.number,
            depth=check.depth,
            objects=check.objects,
            bytes=check.bytes,
            found=check.found,
            healed=check.healed,
            orphans=check.orphans,
        )
        record(session, SYSTEM.named(check.asked_by), event)


def checks(
    session: Session, query: StorageCheckQuery, *, actor: Actor
) -> tuple[list[StorageCheck], str | None]:
    """Return one page of looks, the newest first."""
    actor.require(Permission.BACKUPS_READ)
    statement = select(StorageCheck).where(containing(query.q, StorageCheck.number))
    if query.depth:
        statement = statement.where(StorageCheck.depth == query.depth)
    key = StorageCheck.id
    return page(session, statement, query, sorts=SORTS, default="-started_at", key=key)


def check_of(session: Session, number: str, *, actor: Actor) -> StorageCheck:
    actor.require(Permission.BACKUPS_READ)
    found = session.scalar(select(StorageCheck).where(StorageCheck.number == number))
    if found is None:
        raise CheckNotFound(number=number)
    return found


def last_look(session: Session) -> StorageCheck | None:
    """Return the look that ended last."""
    ended = select(StorageCheck).where(StorageCheck.ended_at.is_not(None))
    return session.scalar(ended.order_by(StorageCheck.ended_at.desc()).limit(1))


def shown(check: StorageCheck) -> StorageCheckOut:
    return StorageCheckOut.model_validate(check)
