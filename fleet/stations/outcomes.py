"""What the rooms above do with jobs of their kind: each puts itself in this table.

Stations lend jobs and hear what became of them; what a PIN, a backup or a wipe means is known by
`rotation`, `backups` and `custody`, which may not be imported from here. `fleet.wiring` fills it.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.stations import JobDone, JobKind, Task
from fleet.stations.errors import NoWorkOfThisKind
from fleet.stations.models import Job, Station
from fleet.vault.tools import Tools


class MakeTask(Protocol):
    """Complete the task of a job that is being lent to `station`; secrets are sealed to its key.

    Where `job.unsure` is not 0, the phone may be in any state that an earlier loan can have left it
    in.
    """

    def __call__(self, session: Session, tools: Tools, job: Job, station: Station, /) -> Task: ...


class Settle(Protocol):
    """Take in what a station says became of `job`.

    `late`: the job has ended already, or another station has it now. What is reported is true of
    the phone all the same, and is not to be thrown away.
    """

    def __call__(
        self,
        session: Session,
        tools: Tools,
        job: Job,
        done: JobDone,
        /,
        *,
        late: bool,
        actor: Actor,
    ) -> None: ...


class IsWanted(Protocol):
    """Tell whether what a station has of a job that has ended would still be of use."""

    def __call__(self, session: Session, job: Job, /) -> bool: ...


def never(_session: Session, _job: Job) -> bool:
    return False


class GiveUp(Protocol):
    """The job ends without an outcome (cancelled, or failed for good); it may have begun."""

    def __call__(
        self, session: Session, tools: Tools, job: Job, /, *, reason: str, actor: Actor
    ) -> None: ...


@dataclass(frozen=True)
class Work:
    """What a room does with one kind of job."""

    make_task: MakeTask
    settle: Settle
    give_up: GiveUp
    is_wanted: IsWanted = never


WORK: dict[JobKind, Work] = {}


def work_of(job: Job) -> Work:
    try:
        return WORK[job.kind]
    except KeyError:
        raise NoWorkOfThisKind(kind=job.kind.value) from None
