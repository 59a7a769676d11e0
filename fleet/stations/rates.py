"""How fast the backups of a station may go, and when: its line may be needed for other things."""

from datetime import datetime

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.contracts.clock import minute_of, minutes, within
from fleet.contracts.permissions import Permission
from fleet.contracts.stations import StationLimitIn
from fleet.database import write
from fleet.stations import events
from fleet.stations.models import Station


def limit(session: Session, station: Station, given: StationLimitIn, *, actor: Actor) -> None:
    """Bound what all backups of a station together may read, and send, in a second."""
    actor.require(Permission.STATIONS_WRITE)
    station.backup_rate = given.backup_rate
    station.rate_from, station.rate_until = minutes(given.rate_from), minutes(given.rate_until)
    limited = events.StationLimited(
        subject_id=station.id,
        subject_name=station.name,
        backup_rate=given.backup_rate,
        rate_from=given.rate_from,
        rate_until=given.rate_until,
    )
    record(session, actor, limited)
    write(session)


def rate_at(station: Station, moment: datetime) -> int | None:
    """Return the bytes per second that hold at `moment`, None where nothing is bounded."""
    begins, ends = station.rate_from, station.rate_until
    if station.backup_rate is None or begins is None or ends is None:
        return station.backup_rate
    return station.backup_rate if within(minute_of(moment), begins, ends) else None
