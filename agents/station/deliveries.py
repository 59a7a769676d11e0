"""Backups that were read whole while the server was away: what is left of them is sent later.

Their phones are free, and need not be here. What the server does not take, because it is paused or
another station makes it by now, is set aside until the server says what becomes of it.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event

from agents.station.backoff import Backoff
from agents.station.backup.flow import Flow
from agents.station.backup.manifest import Written
from agents.station.backup.papers import send_papers
from agents.station.backup.progress import Progress
from agents.station.backup.sending import NOT_NOW, Sender, Store, patiently, resend
from agents.station.disk import force
from agents.station.errors import StationDiskFull
from agents.station.jobs import backup
from agents.station.journal import Delivery, Journal
from agents.station.stopping import Paused, Stopped
from api.client import Refused
from fleet.contracts.backups import BackupOutcome
from fleet.contracts.stations import JobDone, JobProgress
from fleet.contracts.words import _, say
from fleet.errors import FleetError

WAITS = _(
    "{device}: everything is read, and {packs} packs wait for the server. "
    "The phone may be unplugged."
)
SENT = _("{device}: the backup that waited here is at the server.")
ASIDE = _(
    "{device}: the backup that waits here is paused, or another station makes it by now; "
    "it is kept until that is settled."
)
NEEDLESS = _("{device}: the backup that waited here is needed no more, and was removed.")
TORN = _("{device}: a part of the backup that waited here is damaged; plug the phone in again.")
TRIED_AGAIN_SECONDS = 30.0


class Torn(Exception):
    """What was read is not all here any more."""


@dataclass
class Deliveries:
    """Sends one backup after the other, in a thread of its own (`run`)."""

    journal: Journal
    server: Store
    backups: Path
    flow: Flow
    say: Callable[[str], None]
    changed: Callable[[], None]
    unadopted: Callable[[], set[str]] = set  # jobs that the server does not know yet
    _waiting: dict[str, Delivery] = field(default_factory=dict)
    _aside: set[str] = field(default_factory=set)
    _needless: set[str] = field(default_factory=set)
    _told_aside: set[str] = field(default_factory=set)
    _at: str | None = None  # the job that is being sent
    _pause: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)
    _change: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self._waiting = self.journal.deliveries()

    def take(self, job: str) -> None:
        """Send what is left of a backup that its worker has read whole and left here."""
        left = self.journal.deliveries()[job]
        self._tell(left)
        with self._change:
            self._waiting[job] = left
            self._change.notify_all()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent, and nothing waits that could be sent now."""
        with self._change:
            waiting = self._waiting.keys() - self._aside
            return self._at is None and not waiting - self.unadopted()

    def has(self, job: str) -> bool:
        with self._change:
            return job in self._waiting

    def heard(self, *, lost: Iterable[str], over: Iterable[str]) -> None:
        """Take in what the server says: what is not this station's waits, what is over goes."""
        with self._change:
            self._aside = self._waiting.keys() & set(lost)
            self._needless = self._waiting.keys() & set(over)
            self._told_aside &= self._aside
            if self._at in self._aside | self._needless:
                self._pause.set()
            new = self._aside - self._told_aside - self._needless
            self._change.notify_all()
            told = [self._waiting[job].device for job in new]
            self._told_aside |= new
        for device in told:
            self.say(say(ASIDE, device=device))

    def progress(self) -> list[JobProgress]:
        with self._change:
            return [] if self._at is None else [JobProgress(job=self._at, step="sending")]

    def end(self) -> None:
        """Send nothing more; what is left stays here."""
        with self._change:
            self._stop.set()
            self._change.notify_all()

    def run(self) -> None:
        for left in list(self._waiting.values()):
            self._tell(left)
        while (job := self._next()) is not None:
            if job in self._needless:
                self._drop(job)
            else:
                self._deliver(job)
            with self._change:
                self._at = None
            self.changed()

    def _tell(self, left: Delivery) -> None:
        """Say what waits, once it is where a loss of power leaves it."""
        folder = self._folder(left.done)
        try:
            force(folder)
        except (StationDiskFull, OSError) as trouble:
            self.say(str(trouble))
            return
        packs = len(list(folder.glob("pack-*.age")))
        self.say(say(WAITS, device=left.device, packs=packs))

    def _next(self) -> str | None:
        """Return what is to be dropped or sent next, once there is anything; None at the end."""
        with self._change:
            while not self._stop.is_set():
                held_back = self._aside | self.unadopted()
                ready = (
                    job for job in self._waiting if job in self._needless or job not in held_back
                )
                if (job := next(ready, None)) is not None:
                    self._at = job
                    self._pause.clear()
                    return job
                self._change.wait()
        return None

    def _deliver(self, job: str) -> None:
        left = self._waiting[job]
        try:
            self._send(left.done)
        except Paused:
            self._put_aside(left)
        except Stopped:
            return
        except Torn:
            self.say(say(TORN, device=left.device))
            self.journal.needs_phone(job)
            self._forget(job)
        except (StationDiskFull, OSError) as trouble:  # the disk's: it stays, and is tried again
            self.say(str(trouble))
            Backoff(first=TRIED_AGAIN_SECONDS).wait(self._stop)
        except (FleetError, Refused) as error:
            self._refused(left, error)
        else:
            self._end(left.done)
            self.say(say(SENT, device=left.device))

    def _send(self, done: JobDone) -> None:
        outcome, folder = _outcome(done), self._folder(done)
        with closing(Progress(folder)) as progress:
            sender = Sender(
                self.server, progress, outcome.backup, self.flow, self._stop, self._pause
            )
            with closing(sender):
                whole = resend(progress, sender, gather=False)
                sender.finish()
        papers = _papers(folder, outcome)
        if not whole or not all(map(_is_as_made, papers)):
            raise Torn
        for send in send_papers(self.server, outcome.backup, *papers):
            patiently(send, self.flow.line, self._stop, self._pause)

    def _refused(self, left: Delivery, error: FleetError | Refused) -> None:
        if error.code in NOT_NOW:
            self._put_aside(left)
            return
        self.say(str(error))
        failed = backup.failed(_outcome(left.done).backup, error)
        self._end(JobDone(job=left.done.job, backup=failed))

    def _put_aside(self, left: Delivery) -> None:
        """Keep what the server does not take now; what is heard next settles it."""
        job = left.done.job
        with self._change:
            self._aside.add(job)
            told = job in self._told_aside or job in self._needless
            self._told_aside.add(job)
        if not told:
            self.say(say(ASIDE, device=left.device))

    def _end(self, done: JobDone) -> None:
        """Report the end; what lies here is removed when that is on the disk, never before."""
        self.journal.end(done)
        backup.keep_manifest(self.backups, self._waiting[done.job].serial, _outcome(done))
        backup.forget(self._folder(done))
        self._forget(done.job)

    def _drop(self, job: str) -> None:
        left = self._waiting[job]
        self.say(say(NEEDLESS, device=left.device))
        self.journal.forget(job)
        backup.forget(self._folder(left.done))
        self._forget(job)

    def _forget(self, job: str) -> None:
        with self._change:
            del self._waiting[job]
            self._aside.discard(job)
            self._needless.discard(job)

    def _folder(self, done: JobDone) -> Path:
        return backup.folder_of(self.backups, _outcome(done).backup)


def _outcome(done: JobDone) -> BackupOutcome:
    assert done.backup is not None  # noqa: S101 — none other is read whole
    return done.backup


def _papers(folder: Path, outcome: BackupOutcome) -> tuple[Written, Written]:
    assert outcome.seal is not None  # noqa: S101 — it was signed when it was read
    index = Written(folder / "index.age", outcome.seal.index)
    return index, Written(folder / "manifest.zst", outcome.seal.manifest)


def _is_as_made(paper: Written) -> bool:
    try:
        with paper.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == paper.digest
    except FileNotFoundError:
        return False
