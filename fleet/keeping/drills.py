"""Restore drills: a backup is believed in once a sample of it was brought back.

The server draws the sample, by a seed that it writes down first, so that anybody can draw it again;
whoever holds an identity restores it, for the server itself can open nothing.
"""

from datetime import datetime
from secrets import token_hex
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from fleet.access.actor import SYSTEM, Actor
from fleet.audit.services import record
from fleet.backups.models import GOING, Backup, BackupPack
from fleet.backups.storage import pack_name
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.drawing import drawn
from fleet.contracts.keeping import (
    DrillOut,
    DrillQuery,
    DrillResultIn,
    DrillState,
    FaultKind,
    PackTried,
)
from fleet.contracts.permissions import Permission
from fleet.counting import next_number
from fleet.database import write
from fleet.devices.models import Device
from fleet.keeping.errors import (
    DrillEndedAlready,
    DrillNotFound,
    DrillOfOtherPacks,
    NothingCompared,
    NothingToTry,
)
from fleet.keeping.events import DrillEnded, DrillPlanned
from fleet.keeping.faults import Wrong, end_fault, note_wrong, open_fault
from fleet.keeping.models import RestoreDrill
from fleet.keeping.retention import retention
from fleet.paging import containing, page
from fleet.people.models import Employee

OF_A_BACKUP: Final = 2  # packs that are drawn
AT_ONCE: Final = 5  # drills that wait for somebody
IS_DUE: Final = "it is time"
TRIED: Final = (DrillState.PASSED, DrillState.FAILED)
SORTS: Final = {
    "number": RestoreDrill.number,
    "due_at": RestoreDrill.due_at,
    "ended_at": RestoreDrill.ended_at,
}


def plan_drill(session: Session, backup: Backup, *, reason: str, actor: Actor) -> RestoreDrill:
    """Draw a sample of a backup, to be restored; the one that waits already is returned."""
    actor.require(Permission.BACKUPS_CHECK)
    waiting = RestoreDrill.backup_id == backup.id, RestoreDrill.state == DrillState.PLANNED
    known = session.scalar(select(RestoreDrill).where(*waiting))
    if known is not None:
        return known
    return _plan(session, backup, token_hex(16), 1, now(), reason, actor)


def plan_what_is_due(session: Session) -> int:
    """Draw some of the backups that are to be tried again, and a sample of each: a chore."""
    planned = RestoreDrill.state == DrillState.PLANNED
    waiting = session.scalar(select(func.count()).select_from(RestoreDrill).where(planned)) or 0
    if waiting >= AT_ONCE:
        return 0
    due, seed = _due(session), token_hex(16)
    chosen = drawn(seed, due, AT_ONCE - waiting)
    rows = select(Backup).where(Backup.number.in_(chosen)).order_by(Backup.number)
    for backup in session.scalars(rows):
        _plan(session, backup, seed, len(due), due[backup.number], IS_DUE, SYSTEM)
    return len(chosen)


def due_at(session: Session, backup: Backup) -> datetime | None:
    """Return when a sample of a backup is to be restored again; None where it never is."""
    since = backup.tested_at or backup.ended_at
    if backup.state is not BackupState.COMPLETE or since is None:
        return None
    place = backup.holder.department_id if backup.holder else None
    return retention(session).terms(backup.purpose, place, now()).drill_due(since)


def end_drill(
    session: Session, number: str, result: DrillResultIn, *, actor: Actor
) -> RestoreDrill:
    """Take in what a sample has shown: a proof on its backup, or an alarm."""
    actor.require(Permission.BACKUPS_OPEN)
    drill = _numbered(session, number, lock=True)
    if drill.state is not DrillState.PLANNED:
        raise DrillEndedAlready(number=number)
    _require_drawn(drill, result)
    problems: dict[str, int] = {}
    for pack in result.packs:
        for reason, count in pack.problems.items():
            problems[reason] = problems.get(reason, 0) + count
    drill.files = sum(pack.files for pack in result.packs)
    drill.bytes = sum(pack.bytes for pack in result.packs)
    drill.problems = problems
    drill.damaged = [pack.number for pack in result.packs if pack.damage is not None]
    if not (drill.files or problems or drill.damaged):
        raise NothingCompared(number=number)
    failed = bool(problems or drill.damaged)
    drill.state = DrillState.FAILED if failed else DrillState.PASSED
    drill.ended_at, drill.by = now(), actor.name
    _record_end(session, drill, actor)
    for pack in result.packs:
        _note_pack(session, drill, pack, actor)
    if not failed:
        _prove(drill)
    write(session)
    return drill


def cancel_drills(session: Session, backup: Backup, *, actor: Actor) -> None:
    """Let nobody try a backup that is on its way out."""
    mine = RestoreDrill.backup_id == backup.id, RestoreDrill.state == DrillState.PLANNED
    for drill in session.scalars(select(RestoreDrill).where(*mine).with_for_update()):
        drill.state, drill.ended_at = DrillState.CANCELLED, now()
        _record_end(session, drill, actor)


def drills(
    session: Session, query: DrillQuery, *, actor: Actor
) -> tuple[list[RestoreDrill], str | None]:
    """Return one page of drills, the newest first; those that are due, the longest first."""
    actor.require(Permission.BACKUPS_READ)
    statement = select(RestoreDrill).join(RestoreDrill.backup).join(Backup.device)
    statement = statement.where(
        containing(query.q, RestoreDrill.number, Backup.number, Device.tag)
    ).options(contains_eager(RestoreDrill.backup).contains_eager(Backup.device))
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.state:
        statement = statement.where(RestoreDrill.state == query.state)
    if query.due:
        statement = statement.where(RestoreDrill.state == DrillState.PLANNED)
    default = "due_at" if query.due else "-number"
    key = RestoreDrill.id
    return page(session, statement, query, sorts=SORTS, default=default, key=key)


def drill_of(session: Session, number: str, *, actor: Actor) -> RestoreDrill:
    actor.require(Permission.BACKUPS_READ)
    return _numbered(session, number)


def counted(session: Session) -> tuple[int, int]:
    """Return how many drills wait for somebody, and of how many backups the last one failed.

    What is on its way out needs nobody any more.
    """
    planned = RestoreDrill.state == DrillState.PLANNED
    waiting = session.scalar(select(func.count()).select_from(RestoreDrill).where(planned))
    newest = func.row_number().over(
        partition_by=RestoreDrill.backup_id, order_by=RestoreDrill.ended_at.desc()
    )
    tried = RestoreDrill.state.in_(TRIED), Backup.state.not_in(GOING)
    ended = select(RestoreDrill.state, newest.label("place")).join(RestoreDrill.backup)
    ranked = ended.where(*tried).subquery()
    last_failed = ranked.c.place == 1, ranked.c.state == DrillState.FAILED
    failed = session.scalar(select(func.count()).select_from(ranked).where(*last_failed))
    return waiting or 0, failed or 0


def shown(drill: RestoreDrill) -> DrillOut:
    return DrillOut(
        number=drill.number,
        backup=drill.backup.number,
        device=drill.backup.device.tag,
        state=drill.state,
        seed=drill.seed,
        packs=drill.packs,
        reason=drill.reason,
        planned_at=drill.planned_at,
        due_at=drill.due_at,
        ended_at=drill.ended_at,
        by=drill.by,
        files=drill.files,
        bytes=drill.bytes,
        problems=drill.problems,
        damaged=drill.damaged,
    )


def _due(session: Session) -> dict[str, datetime]:
    """Return, by number, the backups that are to be tried again, and since when."""
    terms, moment, found = retention(session), now(), {}
    for number, purpose, since, place in session.execute(_untried()):
        due = terms.terms(purpose, place, moment).drill_due(since)
        if due is not None and due <= moment:
            found[number] = due
    return found


def _untried() -> Select[Any]:
    since = func.coalesce(Backup.tested_at, Backup.ended_at)
    waiting = exists().where(
        RestoreDrill.backup_id == Backup.id, RestoreDrill.state == DrillState.PLANNED
    )
    has_packs = exists().where(BackupPack.backup_id == Backup.id)
    columns: list[Any] = [Backup.number, Backup.purpose, since, Employee.department_id]
    rows = select(*columns).outerjoin(Backup.holder)
    return rows.where(Backup.state == BackupState.COMPLETE, ~waiting, has_packs)


def _plan(
    session: Session,
    backup: Backup,
    seed: str,
    among: int,
    due: datetime,
    reason: str,
    actor: Actor,
) -> RestoreDrill:
    # What manifests call a pack stays so when it is sealed anew: anybody can draw the same again.
    by_digest = {pack.first_digest or pack.digest: pack.number for pack in backup.packs}
    if backup.state not in {BackupState.COMPLETE, BackupState.DAMAGED} or not by_digest:
        raise NothingToTry(number=backup.number)
    moment = now()
    number = next_number(session, f"restore_drill.{moment.year}")
    drill = RestoreDrill(
        id=uuid4(),
        number=f"RD-{moment.year}-{number:03d}",
        backup=backup,
        seed=seed,
        packs=sorted(by_digest[one] for one in drawn(seed, by_digest, OF_A_BACKUP)),
        reason=reason,
        state=DrillState.PLANNED,
        planned_at=moment,
        due_at=due,
        files=0,
        bytes=0,
        problems={},
        damaged=[],
    )
    session.add(drill)
    planned = DrillPlanned(
        subject_id=drill.id,
        subject_name=drill.number,
        backup=backup.number,
        seed=seed,
        packs=drill.packs,
        among=among,
        reason=reason,
    )
    record(session, actor, planned)
    write(session)
    return drill


def _require_drawn(drill: RestoreDrill, result: DrillResultIn) -> None:
    """Refuse a result of other packs than were drawn; of a damaged one the digest is the row's."""
    digests = {pack.number: pack.digest for pack in drill.backup.packs}
    asked = [(number, digests.get(number)) for number in drill.packs]
    if sorted((pack.number, pack.digest) for pack in result.packs) != asked:
        raise DrillOfOtherPacks(number=drill.number)


def _record_end(session: Session, drill: RestoreDrill, actor: Actor) -> None:
    ended = DrillEnded(
        subject_id=drill.id,
        subject_name=drill.number,
        backup=drill.backup.number,
        state=drill.state,
        files=drill.files,
        problems=drill.problems,
        damaged=drill.damaged,
    )
    record(session, actor, ended)


def _note_pack(session: Session, drill: RestoreDrill, pack: PackTried, actor: Actor) -> None:
    """Hold what a pack did not give back against it, until a drill shows that it does."""
    name = pack_name(pack.digest)
    if pack.damage or pack.problems:
        seen = pack.damage or ", ".join(sorted(pack.problems))
        wrong = Wrong(name, FaultKind.UNRESTORABLE, seen=seen)
        note_wrong(session, wrong, by=drill.number, actor=actor)
        return
    fault = open_fault(session, name)
    if fault is not None and fault.kind is FaultKind.UNRESTORABLE:
        end_fault(session, fault, because=f"restored: {drill.number}", actor=actor)


def _prove(drill: RestoreDrill) -> None:
    backup = drill.backup
    backup.tested_at, backup.tested_by = drill.ended_at, drill.by
    backup.tested_files = drill.files


def _numbered(session: Session, number: str, *, lock: bool = False) -> RestoreDrill:
    mine = select(RestoreDrill).where(RestoreDrill.number == number)
    mine = mine.options(selectinload(RestoreDrill.backup).selectinload(Backup.packs))
    found = session.scalar(mine.with_for_update() if lock else mine)
    if found is None:
        raise DrillNotFound(number=number)
    return found
