"""Finding what stations began without this server, and saying why some of it was refused."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor
from fleet.backups import errors
from fleet.backups.models import Backup, BegunBackup
from fleet.contracts.offline import BegunOut, BegunQuery, BegunState
from fleet.contracts.permissions import Permission
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.paging import containing, page
from fleet.stations.models import Station

REFUSALS: Final[dict[str, Callable[..., FleetError]]] = {
    kind.code: kind
    for kind in (
        errors.KitUnknown,
        errors.KitExpired,
        errors.PhoneIsOut,
        errors.RecipientRetired,
        errors.HolderChanged,
        errors.WipedMeanwhile,
        errors.PlanTakesLess,
        errors.MadeMeanwhile,
        errors.BaseGone,
    )
}
SORTS: Final = {"heard_at": BegunBackup.heard_at, "begun_at": BegunBackup.begun_at}


def refusal_of(row: BegunBackup) -> FleetError:
    """Return why it was refused, to be said in the language of whoever asks."""
    return REFUSALS[row.refusal or ""](**row.details)


def begun_backups(
    session: Session, query: BegunQuery, *, actor: Actor
) -> tuple[list[BegunBackup], str | None]:
    """Return one page of what stations began, the last heard of first, and the mark of the next."""
    actor.require(Permission.BACKUPS_READ)
    statement = (
        select(BegunBackup)
        .join(BegunBackup.station)
        .outerjoin(BegunBackup.device)
        .outerjoin(BegunBackup.backup)
        .where(containing(query.q, Device.tag, BegunBackup.serial, Backup.number))
        .options(
            contains_eager(BegunBackup.station),
            contains_eager(BegunBackup.device),
            contains_eager(BegunBackup.backup),
        )
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.station:
        statement = statement.where(Station.name == query.station)
    if query.state:
        refused = BegunBackup.refusal.is_not(None)
        statement = statement.where(refused if query.state is BegunState.REFUSED else ~refused)
    return page(session, statement, query, sorts=SORTS, default="-heard_at", key=BegunBackup.id)


def shown(row: BegunBackup) -> BegunOut:
    refusal = refusal_of(row) if row.refusal else None
    return BegunOut(
        id=str(row.id),
        device=row.device.tag if row.device else None,
        serial=row.serial,
        station=row.station.name,
        state=BegunState.REFUSED if refusal else BegunState.ADOPTED,
        begun_at=row.begun_at,
        heard_at=row.heard_at,
        why=row.why,
        by=row.said_by,
        number=row.backup.number if row.backup else None,
        backup_state=row.backup.state if row.backup else None,
        refusal=row.refusal,
        sentence=refusal.sentence() if refusal else None,
    )
