"""Which backups are not to go yet: the newest whole one of what somebody still has in his hands."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from fleet.backups.models import Backup
from fleet.contracts.backups import BackupState
from fleet.custody.models import Holding


def newest_of_holders(session: Session, backups: Collection[UUID]) -> set[UUID]:
    """Return which of these are all that would be left if the phone were lost today.

    A phone that is out with another holder by now needs nothing of the one before.
    """
    theirs = select(Backup.device_id).where(Backup.id.in_(backups))
    place = func.row_number().over(
        partition_by=Backup.device_id, order_by=(Backup.started_at.desc(), Backup.id)
    )
    whole = Backup.device_id.in_(theirs), Backup.state == BackupState.COMPLETE
    out = exists().where(
        Holding.device_id == Backup.device_id,
        Holding.employee_id == Backup.holder_id,
        Holding.returned_at.is_(None),
    )
    ranked = select(Backup.id, place.label("place")).where(*whole, out).subquery()
    newest = select(ranked.c.id).where(ranked.c.place == 1, ranked.c.id.in_(backups))
    return set(session.scalars(newest))
