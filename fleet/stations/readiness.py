"""What a station could do if this server went away now, by what it last said of itself.

A kit is renewed every few minutes and is no row of its own: what a station has is noted with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleet.contracts.stations import SyncIn
from fleet.settings import Settings
from fleet.stations.models import Station
from fleet.stations.offline import Heard


@dataclass(frozen=True)
class Readiness:
    """Each by serial number: until when a backup may be begun, and since when one is under way.

    `begun` are those that the server has not taken on yet.
    """

    kits: Mapping[str, datetime] = field(default_factory=dict)
    begun: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def until(self) -> datetime | None:
        """Return when the first of them ends."""
        return min(self.kits.values(), default=None)


def note_readiness(station: Station, given: SyncIn, heard: Heard, settings: Settings) -> None:
    """Note what a station said; one that takes no kits says nothing."""
    told = _told(given, heard, timedelta(hours=settings.offline_backup_hours))
    if told != station.offline:
        station.offline = told


def _told(given: SyncIn, heard: Heard, hours: timedelta) -> dict[str, dict[str, str]] | None:
    if given.kits is None:
        return None
    settled = {*heard.adopted, *(one.job for one in heard.refused)}
    waiting = [one for one in given.begun if one.job not in settled]
    return {
        "kits": {serial: (at + hours).isoformat() for serial, at in given.kits.items()},
        "begun": {one.serial: one.begun_at.isoformat() for one in waiting},
    }


def readiness_of(station: Station) -> Readiness | None:
    """Return what a station last said; None where it has said nothing of the kind."""
    told = station.offline
    if told is None:
        return None
    return Readiness(
        **{
            name: {serial: datetime.fromisoformat(at) for serial, at in told[name].items()}
            for name in ("kits", "begun")
        }
    )
