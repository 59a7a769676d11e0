"""What a job is given: its lease, its phone, and ways to remember, to tell and to stop."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from agents.phone.memory import Memory
from agents.phone.phone import Phone
from agents.station.apks import Apks
from agents.station.backup.flow import Flow
from agents.station.backup.sending import Store
from agents.station.far import Far
from agents.station.journal import Entry
from agents.station.keys import StationKey
from fleet.contracts.rotation import RotationStep
from fleet.contracts.stations import JobDone, Lease, WipeStepIn, WipeUnderWayOut


class Remember(Protocol):
    """Journal.step, bound to the job."""

    def __call__(self, steps: Iterable[RotationStep], *, touches: bool) -> None: ...


class Erasing(Protocol):
    """The part of the server's client that is asked before a phone is changed to be erased."""

    def wipe_under_way(self, job: str) -> WipeUnderWayOut: ...

    def wipe_step(self, job: str, body: WipeStepIn) -> WipeUnderWayOut: ...


Tell = Callable[[str, Far | None], None]  # step, and how far it is where that is known


def nothing(_done: JobDone) -> None:
    """Nobody waits for the phone."""


@dataclass(frozen=True)
class Work:
    """One job on one phone. `begun` and `touched` tell of a run that a crash ended."""

    entry: Entry
    phone: Phone
    build: str
    key: StationKey
    server: Store
    backups: Path
    remember: Remember
    tell: Tell
    stop: Event
    find: Callable[[], Phone | None]  # the same phone, when it has come back another way
    reconnect: Callable[[], None]  # have adb look for it again
    read_whole: Callable[[JobDone], None] = nothing  # it needs its phone no more
    pause: Event = field(default_factory=Event)  # end at the next file, and go on later
    flow: Flow | None = None
    answers: Memory | None = None  # what phones said to slow questions
    apks: Apks | None = None  # files of apps, by digest
    erasing: Erasing | None = None

    @property
    def lease(self) -> Lease:
        return self.entry.lease

    @property
    def job(self) -> str:
        return self.entry.lease.job

    def opened(self, sealed: str | None) -> str | None:
        """Open a sealed secret of this job; it stays in memory for the time of one visit."""
        return None if sealed is None else self.key.open(sealed, job=self.job)
