"""What stations begin while the server is away: the room that knows backups puts itself here.

`fleet.wiring` fills it, as it does the table of jobs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.offline import Begun, BegunRefused, Kit
from fleet.contracts.stations import SyncIn
from fleet.stations.models import Station
from fleet.vault.tools import Tools


@dataclass(frozen=True)
class Kits:
    """`over`: serial numbers of phones for which there is to be none any more."""

    made: Sequence[Kit] = ()
    over: Sequence[str] = ()


@dataclass(frozen=True)
class Heard:
    """What became of the offered: some may be neither, and are to be offered again."""

    adopted: Sequence[str] = ()
    refused: Sequence[BegunRefused] = ()


class MakeKits(Protocol):
    """Make kits anew for the phones that are with a station and whose kits are old."""

    def __call__(
        self, session: Session, tools: Tools, station: Station, given: SyncIn, /
    ) -> Kits: ...


class Adopt(Protocol):
    """Decide on what a station has begun, each once, however often it is offered."""

    def __call__(
        self,
        session: Session,
        tools: Tools,
        station: Station,
        begun: Sequence[Begun],
        sent_at: datetime | None,
        /,
        *,
        actor: Actor,
    ) -> Heard: ...


@dataclass(frozen=True)
class Offline:
    make_kits: MakeKits
    adopt: Adopt


OFFLINE: Final[list[Offline]] = []


def make_kits(session: Session, tools: Tools, station: Station, given: SyncIn) -> Kits:
    if not OFFLINE or given.kits is None:
        return Kits()
    return OFFLINE[0].make_kits(session, tools, station, given)


def adopt(
    session: Session, tools: Tools, station: Station, given: SyncIn, *, actor: Actor
) -> Heard:
    if not OFFLINE or not given.begun:
        return Heard()
    return OFFLINE[0].adopt(session, tools, station, given.begun, given.sent_at, actor=actor)
