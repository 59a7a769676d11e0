"""Finding backups, and fetching what they hold."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.access.actor import Actor
from fleet.backups.errors import BackupNotFound
from fleet.backups.models import Backup
from fleet.contracts.backups import UNDER_WAY, BackupOut, BackupQuery, BackupState, PackOut
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.devices.models import Device
from fleet.paging import containing, page


def backup_of(session: Session, name: str) -> Backup:
    """Return the backup with the number or the id `name`."""
    found = session.scalar(select(Backup).where(Backup.number == name))
    if found is None:
        try:
            found = session.get(Backup, UUID(name))
        except ValueError:
            found = None
    if found is None:
        raise BackupNotFound(backup=name)
    return found


def held_backup(session: Session, backup: Backup) -> Backup:
    """Return `backup` as it is now, held until the transaction ends.

    Whoever holds more of these takes them in this order: the job, `OBJECTS`, the backup, its packs.
    """
    fresh = select(Backup).where(Backup.id == backup.id).with_for_update(of=Backup)
    return session.scalars(fresh, execution_options={"populate_existing": True}).one()


def latest_complete(session: Session, device: Device) -> Backup | None:
    """Return the complete backup of `device` that began last."""
    complete = Backup.device_id == device.id, Backup.state == BackupState.COMPLETE
    newest = select(Backup).where(*complete).order_by(Backup.started_at.desc(), Backup.id)
    return session.scalar(newest.limit(1))


def latest_complete_of(session: Session, devices: Collection[UUID]) -> dict[UUID, Backup]:
    """Return, by the phones' ids, the complete backup of each that began last."""
    newest_first = func.row_number().over(
        partition_by=Backup.device_id, order_by=(Backup.started_at.desc(), Backup.id)
    )
    complete = Backup.device_id.in_(devices), Backup.state == BackupState.COMPLETE
    ranked = select(Backup.id, newest_first.label("place")).where(*complete).subquery()
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    found = session.scalars(select(Backup).where(Backup.id.in_(newest)))
    return {backup.device_id: backup for backup in found}


def live_backup(session: Session, device: Device) -> Backup | None:
    """Return the backup of `device` that is planned, under way or paused."""
    return live_backups(session, [device]).get(device.id)


def live_backups(session: Session, devices: Iterable[Device]) -> dict[UUID, Backup]:
    """Return those of these phones that are planned, under way or paused, by the phones' ids."""
    phones = Backup.device_id.in_([one.id for one in devices])
    live = select(Backup).where(phones, Backup.state.in_(UNDER_WAY))
    found = session.scalars(live.options(joinedload(Backup.device)))
    return {one.device_id: one for one in found}


def backups(
    session: Session, query: BackupQuery, *, actor: Actor
) -> tuple[list[Backup], str | None]:
    """Return one page of backups, newest first, and the mark of the next."""
    actor.require(Permission.BACKUPS_READ)
    statement = select(Backup).join(Backup.device)
    statement = statement.where(containing(query.q, Backup.number, Device.tag)).options(
        joinedload(Backup.device),
        joinedload(Backup.holder),
        joinedload(Backup.station),
        joinedload(Backup.base),
        selectinload(Backup.packs),
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.state:
        statement = statement.where(Backup.state == query.state)
    if query.purpose:
        statement = statement.where(Backup.purpose == query.purpose)
    sorts = {
        "number": Backup.number,
        "planned_at": Backup.planned_at,
        "ended_at": Backup.ended_at,
    }
    return page(session, statement, query, sorts=sorts, default="-planned_at", key=Backup.id)


def shown(backup: Backup) -> BackupOut:
    holder = backup.holder
    return BackupOut(
        id=str(backup.id),
        number=backup.number,
        device=backup.device.tag,
        holder=EmployeeRef.model_validate(holder) if holder else None,
        purpose=backup.purpose,
        state=backup.state,
        level=backup.level,
        station=backup.station.name if backup.station else None,
        planned_at=backup.planned_at,
        ended_at=backup.ended_at,
        files=backup.files,
        stored=backup.stored,
        changed=backup.changed,
        missing=backup.missing,
        carried=backup.carried,
        uncompared=backup.uncompared,
        base=backup.base.number if backup.base else None,
        bytes=backup.bytes,
        stored_bytes=backup.stored_bytes,
        manifest=backup.manifest_digest,
        index=backup.index_digest,
        index_first_digest=backup.index_first_digest,
        sealed_by=backup.sealed_by,
        packs=[PackOut.model_validate(pack) for pack in backup.packs],
        assurance=backup.assurance,
        tested_at=backup.tested_at,
        tested_by=backup.tested_by,
        tested_files=backup.tested_files,
        reason="; ".join(backup.reasons) or None,
    )
