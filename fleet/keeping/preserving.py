"""Preservation: what somebody has to keep for a court or an inquiry outlives every term."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.models import Backup
from fleet.backups.queries import backup_of
from fleet.backups.services import about
from fleet.backups.storage import OBJECTS
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.keeping import PreservationIn, PreservationOut, PreservationQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.counting import next_number
from fleet.database import in_turn, write
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.keeping.errors import PreservationLiftedAlready, PreservationNotFound
from fleet.keeping.events import DeletionStopped, PreservationLifted, PreservationPlaced
from fleet.keeping.faults import judge_anew
from fleet.keeping.models import BackupDeletion, Preservation
from fleet.paging import containing, page
from fleet.people.models import Employee
from fleet.people.queries import employee

SORTS = {"number": Preservation.number, "placed_at": Preservation.placed_at}
IN_FORCE = Preservation.lifted_at.is_(None)
COVERS = or_(
    Preservation.backup_id == Backup.id,
    Preservation.device_id == Backup.device_id,
    Preservation.employee_id == Backup.holder_id,
)


@dataclass
class Placed:
    """`kept` were marked and are not any more; of those `too_late` a part is, or may be, gone."""

    preservation: Preservation
    kept: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)


def preserved() -> ColumnElement[bool]:
    """Return what holds for the backups that a preservation keeps."""
    return exists().where(IN_FORCE, COVERS).correlate(Backup)


def preservations_of(session: Session, backup: Backup) -> list[Preservation]:
    """Return the preservations in force that keep a backup, oldest first."""
    mine = select(Preservation).join(Backup, COVERS).where(Backup.id == backup.id, IN_FORCE)
    return list(session.scalars(mine.order_by(Preservation.placed_at, Preservation.id)))


def place(session: Session, given: PreservationIn, *, actor: Actor) -> Placed:
    """Keep what is stored of a phone, a person or a backup, until somebody lifts it.

    What was marked to be deleted and is still whole is not any more.
    """
    actor.require(Permission.BACKUPS_PRESERVE)
    in_turn(session, OBJECTS)
    moment = now()
    number = next_number(session, f"preservation.{moment.year}")
    row = Preservation(
        id=uuid4(),
        number=f"PR-{moment.year}-{number:03d}",
        device=device(session, given.device) if given.device else None,
        employee=employee(session, given.employee) if given.employee else None,
        backup=backup_of(session, given.backup) if given.backup else None,
        reason=given.reason,
        placed_at=moment,
        placed_by=actor.name,
    )
    session.add(row)
    write(session)
    placed = Placed(row)
    _stop(session, placed, actor)
    event = PreservationPlaced(
        subject_id=row.id,
        subject_name=row.number,
        of=name_of(row),
        reason=row.reason,
        kept=placed.kept,
        too_late=placed.too_late,
    )
    record(session, actor, event)
    write(session)
    return placed


def lift(session: Session, number: str, *, reason: str, actor: Actor) -> Preservation:
    """Let terms run again; a deletion that was stopped has to be asked for anew."""
    actor.require(Permission.BACKUPS_PRESERVE)
    in_turn(session, OBJECTS)
    row = _numbered(session, number)
    if row.lifted_at is not None:
        raise PreservationLiftedAlready(number=number)
    row.lifted_at, row.lifted_by, row.lifted_because = now(), actor.name, reason
    event = PreservationLifted(
        subject_id=row.id, subject_name=row.number, of=name_of(row), reason=reason
    )
    record(session, actor, event)
    write(session)
    return row


def preservation(session: Session, number: str, *, actor: Actor) -> Preservation:
    actor.require(Permission.BACKUPS_READ)
    return _numbered(session, number)


def preservations(
    session: Session, query: PreservationQuery, *, actor: Actor
) -> tuple[list[Preservation], str | None]:
    """Return one page of preservations, newest first: those in force, or all."""
    actor.require(Permission.BACKUPS_READ)
    statement = (
        select(Preservation)
        .outerjoin(Preservation.device)
        .outerjoin(Preservation.employee)
        .options(
            joinedload(Preservation.device),
            joinedload(Preservation.employee),
            joinedload(Preservation.backup),
        )
        .where(containing(query.q, Preservation.number, Device.tag, Employee.name))
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.employee:
        statement = statement.where(Employee.number == query.employee)
    if not query.lifted:
        statement = statement.where(IN_FORCE)
    key = Preservation.id
    return page(session, statement, query, sorts=SORTS, default="-placed_at", key=key)


def covered(session: Session, row: Preservation) -> Iterable[Backup]:
    """Return the backups that a preservation keeps, those that are gone left out."""
    mine = Preservation.id == row.id, Backup.state != BackupState.DELETED
    kept = select(Backup).join(Preservation, COVERS).where(*mine)
    return session.scalars(kept.options(joinedload(Backup.device)).order_by(Backup.number))


def shown(row: Preservation) -> PreservationOut:
    return PreservationOut(
        number=row.number,
        device=row.device.tag if row.device else None,
        employee=EmployeeRef.model_validate(row.employee) if row.employee else None,
        backup=row.backup.number if row.backup else None,
        reason=row.reason,
        placed_at=row.placed_at,
        placed_by=row.placed_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lifted_because=row.lifted_because,
    )


def name_of(row: Preservation) -> str:
    if row.device is not None:
        return row.device.tag
    if row.employee is not None:
        return row.employee.number
    return row.backup.number if row.backup else ""


def _stop(session: Session, placed: Placed, actor: Actor) -> None:
    going = {one.id: one for one in covered(session, placed.preservation) if one.is_going}
    marked = select(BackupDeletion).where(BackupDeletion.backup_id.in_(going))
    for deletion in session.scalars(marked):
        backup = going[deletion.backup_id]
        if deletion.begun_at is not None:
            placed.too_late.append(backup.number)
            continue
        backup.state = deletion.state_before
        session.delete(deletion)
        placed.kept.append(backup.number)
        stopped = DeletionStopped(**about(backup), preservation=placed.preservation.number)
        record(session, actor, stopped)
        judge_anew(session, backup, actor=actor)


def _numbered(session: Session, number: str) -> Preservation:
    found = session.scalar(select(Preservation).where(Preservation.number == number))
    if found is None:
        raise PreservationNotFound(number=number)
    return found
