"""Running jobs: several phones at once, one job at a time on each, each able to stop alone."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Condition, Event
from typing import Any, Protocol, cast

from agents.phone import wire
from agents.phone.adb import AdbPhone
from agents.phone.memory import Memory
from agents.station.apks import Apks, ApkSource
from agents.station.backup.flow import Flow, Line
from agents.station.backup.run import WAITING_FOR_DISK
from agents.station.backup.sending import Store
from agents.station.backup.unadopted import Unadopted
from agents.station.deliveries import Deliveries
from agents.station.errors import StationDiskFull
from agents.station.far import Far, Meter
from agents.station.jobs import backup, check, guide, probe, remedy, rotate, wipe
from agents.station.jobs.work import Erasing, Work
from agents.station.journal import Entry, Journal
from agents.station.keys import StationKey
from agents.station.offers import Offers
from agents.station.phones import Here, Phones
from agents.station.stopping import Paused, PhoneAwaited, Stopped
from api.client import Refused
from fleet.contracts.backups import BackupTask
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobDone, JobKind, JobProgress
from fleet.contracts.words import _, say
from fleet.errors import FleetError, Unavailable

BEGUN = _("{device}: {kind} begins.")
ENDED = _("{device}: {kind} ended — {result}")
SEEN = _("seen")
NO_ROOM = _("Phone {serial}: its backup waits for room on this disk, and goes on by itself.")
NOTHING_CAME = _("{device}: the backup that was begun without the server came to nothing — {why}")
LOST = _("{device}: the backup is no longer this station's; what was read of it was removed.")
PHONE_LEFT = _("{device}: the phone is gone; its backup goes on when it is back.")
BROKEN = _("the station stumbled over {error}")

CAPACITY = 16  # jobs at once: a hub has so many ports

JOBS: dict[JobKind, Callable[[Work, Any], JobDone]] = {
    JobKind.ROTATE_PIN: rotate.run,
    JobKind.GUIDE_ACCOUNT: guide.run,
    JobKind.BACKUP: backup.run,
    JobKind.CHECK_PIN: check.run,
    JobKind.WIPE: wipe.run,
    JobKind.PROBE: probe.run,
    JobKind.REMEDY: remedy.run,
}


BACKUPS_AT_ONCE = 8  # each keeps a few batches of files in memory, and the disk is one


class Server(Store, ApkSource, Erasing, Protocol):
    """What the jobs ask of the server's client."""


@dataclass
class Running:
    serial: str
    kind: JobKind
    stop: Event = field(default_factory=Event)
    pause: Event = field(default_factory=Event)
    meter: Meter = field(default_factory=Meter)
    lost: bool = False
    read: bool = False  # its phone is free


@dataclass
class Runner:
    """Takes open jobs from the journal whenever `look` is called, and puts their ends into it."""

    journal: Journal
    phones: Phones
    key: StationKey
    server: Server
    backups: Path
    pool: Executor
    phone: Callable[[str], AdbPhone]
    visit: Callable[[str], None]
    suspect: Callable[[str], None]
    say: Callable[[str], None]
    changed: Callable[[], None]
    answers: Memory | None = None
    offers: Offers | None = None
    _running: dict[str, Running] = field(default_factory=dict)
    _progress: dict[str, JobProgress] = field(default_factory=dict)
    _change: Condition = field(default_factory=Condition)
    _awaited: dict[str, str] = field(default_factory=dict)  # jobs whose phone is gone, and why
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.flow = Flow.at(self.backups)
        self.apks = Apks(self.backups.with_name("apks"), self.server)
        self.deliveries = Deliveries(
            self.journal,
            self.server,
            self.backups,
            self.flow,
            self.say,
            self.changed,
            self.unadopted,
        )

    def unadopted(self) -> set[str]:
        """Return the jobs that this station began, and of which the server does not know yet."""
        return self.offers.unadopted() if self.offers else set()

    def look(self) -> None:
        """Begin every job whose phone is here and free."""
        for entry in self.journal.open():
            here = self.phones.free(entry.lease.serial)
            if here is not None and self._claim(entry):
                self.pool.submit(self._work, entry.lease.job, here)

    def lost(self, jobs: Iterable[str]) -> None:
        """Stop jobs that are no longer this station's; one that never began is forgotten."""
        for job in jobs:
            with self._change:
                running = self._running.get(job)
                if running is not None:
                    running.lost = True
                    running.stop.set()
            entry = self.journal.entry(job)
            if running is None and entry is not None and not entry.begun:
                self.journal.forget(job)

    def pause(self, jobs: Iterable[str]) -> None:
        """Have jobs end at their next file; what they did is kept for whoever goes on."""
        for job in jobs:
            with self._change:
                running = self._running.get(job)
                if running is not None:
                    running.pause.set()
            if running is None and not self.deliveries.has(job):
                self.journal.forget(job)

    def limit(self, rate: int | None) -> None:
        """Let all backups together read, and send, at most `rate` bytes per second."""
        self.flow.limit(rate)

    def stop(self) -> None:
        """Ask every job to stop at its next piece of work, and wait until all have."""
        with self._change:
            self._stopping = True
            for running in self._running.values():
                running.stop.set()
            self._change.wait_for(lambda: not self._running)

    def works_on(self, serial: str) -> bool:
        with self._change:
            return any(one.serial == serial for one in self._running.values())

    def held(self) -> list[str]:
        """Return the jobs whose leases are to be renewed; forget those whose phone is not here.

        A job that had begun is kept all the same: what its phone went through is known here alone.
        """
        present = set(self.phones.present())
        with self._change:
            running = set(self._running)
        held = []
        for entry in self.journal.open():
            if entry.lease.job in running or entry.lease.serial in present:
                held.append(entry.lease.job)
            elif not entry.begun:
                self.journal.forget(entry.lease.job)
        return held

    def kept(self) -> list[str]:
        """Return the jobs of which there is work here, and that nobody is at."""
        whole = self.whole()
        with self._change:
            kept = backup.kept(self.backups)
            return [job for job in kept if job not in self._running and job not in whole]

    def whole(self) -> list[str]:
        """Return the jobs of which everything is here or at the server: they need no phone."""
        return list(self.journal.deliveries())

    def heard(self, *, lost: Sequence[str], over: Sequence[str]) -> None:
        """Take in what the server says of backups that went on without it."""
        self._give_back()
        self.deliveries.heard(lost=lost, over=over)

    def _give_back(self) -> None:
        """Give back what waits for its phone: another station may have it by now."""
        with self._change:
            awaited, self._awaited = self._awaited, {}
        unadopted = self.unadopted()
        for job, failure in awaited.items():
            if job not in unadopted and self.journal.entry(job) is not None:
                self.journal.end(JobDone(job=job, failure=failure, again=True))

    def over(self, jobs: Iterable[str]) -> None:
        """Remove what lies here of jobs that have ended."""
        kept = backup.kept(self.backups)
        with self._change:
            for job in jobs:
                if job in kept and job not in self._running and not self.deliveries.has(job):
                    backup.forget(kept[job])

    def refused(self, jobs: Iterable[str]) -> None:
        """Remove what was begun here and is not to become a backup."""
        kept = backup.kept(self.backups)
        for job in jobs:
            with self._change:
                running = self._running.get(job)
                if running is not None:
                    running.lost = True
                    running.stop.set()
            if running is None and not self.deliveries.has(job):
                self.journal.forget(job)
                backup.forget(kept.get(job, self.backups / job))

    def progress(self) -> list[JobProgress]:
        """Return how far the jobs are, as last told, and how fast they go now."""
        at, unadopted = time.monotonic(), self.unadopted()
        with self._change:
            return [
                told.model_copy(update={"rate": self._running[job].meter.rate(at)})
                for job, told in self._progress.items()
                if job not in unadopted
            ] + self.deliveries.progress()

    def _claim(self, entry: Entry) -> bool:
        lease = entry.lease
        with self._change:
            busy = {one.serial for one in self._running.values() if not one.read}
            if self._stopping or lease.job in self._running or lease.serial in busy:
                return False
            if self._is_enough(JobKind(lease.task.kind)):
                return False
            self._awaited.pop(lease.job, None)
            self._running[lease.job] = Running(lease.serial, JobKind(lease.task.kind))
            return True

    def _is_enough(self, kind: JobKind) -> bool:
        running = [one.kind for one in self._running.values() if not one.read]
        enough = kind is JobKind.BACKUP and running.count(kind) >= BACKUPS_AT_ONCE
        return enough or len(running) >= CAPACITY

    def _work(self, job: str, here: Here) -> None:
        try:
            # Read anew: it may have ended between being looked at and being claimed.
            if (entry := self.journal.entry(job)) is not None:
                self._run(entry, here)
        except StationDiskFull as full:  # the phone was not touched: writing comes first
            self.say(str(full))
        except Exception as error:  # noqa: BLE001 — the job stays in the journal; nobody else says it
            self.say(say(BROKEN, error=type(error).__name__))
        finally:
            with self._change:
                del self._running[job]
                self._progress.pop(job, None)
                self._change.notify_all()
            self.changed()
        if not self._stopping:
            self._visit_after(here.serial)

    def _run(self, entry: Entry, here: Here) -> None:
        lease = entry.lease
        self.say(say(BEGUN, device=lease.device, kind=lease.task.kind))
        self.journal.start(lease.job)
        work = self._work_of(entry, here)
        try:
            done = _done(work)
        except PhoneAwaited as gone:
            self._await_phone(work, here, str(gone))
            return
        except Stopped as stopped:
            self._stopped(work, stopped)
            return
        if did_not_answer(done):
            # Said before the job's end: else the server would lend the job again at once.
            self.suspect(here.transport)
        if lease.job in self.unadopted():
            self._came_to_nothing(work, done)
            return
        self.journal.end(done)
        if done.backup is not None and isinstance(lease.task, BackupTask):
            backup.keep_manifest(self.backups, lease.serial, done.backup)
            backup.tidy(work, lease.task)
        self.say(say(ENDED, device=lease.device, kind=lease.task.kind, result=told(done)))

    def _came_to_nothing(self, work: Work, done: JobDone) -> None:
        """Forget what failed before the server knew of it: nobody else counts on it."""
        assert self.offers is not None  # noqa: S101 — it began it
        self.offers.drop(work.job, work.lease.serial)
        if isinstance(work.lease.task, BackupTask):
            backup.tidy(work, work.lease.task)
        self.say(say(NOTHING_CAME, device=work.lease.device, why=told(done)))

    def _stopped(self, work: Work, why: Stopped) -> None:
        """Keep a job for the next start, unless it is no longer this station's.

        What was read whole is kept in any case: nobody may have it but this station.
        """
        running, lease = self._running[work.job], work.lease
        if running.read and not self._stopping:
            self.deliveries.take(work.job)
        elif isinstance(why, Paused):
            self.journal.forget(work.job)
        elif running.lost:
            self.journal.forget(work.job)
            if isinstance(lease.task, BackupTask):
                backup.tidy(work, lease.task)
                self.say(say(LOST, device=lease.device))

    def _await_phone(self, work: Work, here: Here, why: str) -> None:
        """Go on when the phone is back, unless the server hears of it before and lends it anew."""
        self.suspect(here.transport)
        self.say(say(PHONE_LEFT, device=work.lease.device))
        with self._change:
            self._awaited[work.job] = why

    def _read_whole(self, job: str, done: JobDone) -> None:
        """Let other jobs of the phone begin: what is left of this one needs no phone."""
        self.journal.read_whole(done)
        if self.offers is not None:
            self.offers.whole(job)
        with self._change:
            self._running[job].read = True
        self.changed()

    def _work_of(self, entry: Entry, here: Here) -> Work:
        job = entry.lease.job
        phone = self.phone(here.transport)
        server, flow = self._way_to_server(job)
        return Work(
            entry=entry,
            phone=phone,
            build=here.facts.build,
            key=self.key,
            server=server,
            backups=self.backups,
            remember=partial(self.journal.step, job),
            tell=partial(self._told, job),
            read_whole=partial(self._read_whole, job),
            stop=self._running[job].stop,
            pause=self._running[job].pause,
            flow=flow,
            answers=self.answers,
            apks=self.apks,
            erasing=self.server,
            find=partial(self._find, entry.lease.serial),
            reconnect=partial(reconnect, phone),
        )

    def _way_to_server(self, job: str) -> tuple[Store, Flow]:
        """Give the server; to a job that was begun without it, one that is away until it knows it.

        Whether that one takes anything says nothing of the server to others: it has its own line.
        """
        if self.offers is None or not self.offers.is_ours(job):
            return self.server, self.flow
        line = Line()
        line.tried(taken=job not in self.unadopted())
        server = Unadopted(self.server, lambda: job not in self.unadopted())
        return cast(Store, server), replace(self.flow, line=line)

    def _told(self, job: str, step: str, far: Far | None) -> None:
        known = asdict(far) if far else {}
        if step == WAITING_FOR_DISK:
            self.say(say(NO_ROOM, serial=self._running[job].serial))
        with self._change:
            self._progress[job] = JobProgress(job=job, step=step, **known)
            if far is not None and far.done is not None:
                self._running[job].meter.note(time.monotonic(), far.done)

    def _find(self, serial: str) -> AdbPhone | None:
        here = self.phones.find(serial)
        return self.phone(here.transport) if here else None

    def _visit_after(self, serial: str) -> None:
        here = self.phones.find(serial)
        if here is not None:
            self.visit(here.transport)


def _done(work: Work) -> JobDone:
    """Do the job; whatever goes wrong, the server hears of it."""
    task = work.lease.task
    try:
        return JOBS[JobKind(task.kind)](work, task)
    except Stopped:  # Paused is one
        raise
    except (FleetError, Refused) as error:
        again = isinstance(error, Unavailable)
        return JobDone(job=work.job, failure=str(error), again=again)
    except Exception as error:  # noqa: BLE001 — its text may hold anything, its name does not
        return JobDone(job=work.job, failure=say(BROKEN, error=type(error).__name__))


def did_not_answer(done: JobDone) -> bool:
    """Whether the job ended because its phone was gone, or may have been."""
    in_doubt = done.pin is not None and done.pin.state is RotationState.IN_DOUBT
    return done.again or in_doubt or remedy.lost_sight(done)


def told(done: JobDone) -> str:
    """Return the end of a job in a few words."""
    outcome = done.pin or done.account or done.backup or done.wipe or done.remedy
    if outcome is None:
        return done.failure or say(SEEN)
    return " ".join(filter(None, (str(outcome.state), outcome.sentence)))


def reconnect(phone: AdbPhone) -> None:
    """Have adb look anew for a phone without a cable; one with a cable comes by itself."""
    name = phone.adb.own_name(phone.serial)
    if ":" not in name:
        return
    for service in ("host:disconnect:", "host:connect:"):
        with suppress(FleetError, wire.Refused):
            phone.adb.ask(service + name)
