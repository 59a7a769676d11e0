"""The exchange with the server: reports out, jobs in, and patience while it is down.

What the server has taken is let go; what it can never take is set aside, and shown.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from agents.station.answers import Answers
from agents.station.backoff import Backoff
from agents.station.journal import Journal
from agents.station.kits import Kits
from agents.station.offers import Offers
from agents.station.outbox import BATCH, Batch, Outbox
from agents.station.phones import Phones
from agents.station.ports import Ports
from agents.station.runner import CAPACITY, Runner
from api.client import Refused
from fleet.contracts.clock import now
from fleet.contracts.offline import Begun
from fleet.contracts.ports import PortNow, picture_digest
from fleet.contracts.stations import Rejected, Report, SyncIn, SyncOut
from fleet.contracts.words import _, say
from fleet.errors import Unavailable

REMIND_SECONDS = 600.0  # how often a server that stays away is spoken of
LONGEST_WAIT = 60.0

AWAY = _("The server does not take reports ({reason}). {waiting} wait here; nothing is lost.")
BACK = _("The server is back.")
ASIDE = _("The server can never take report {sequence}, so it is set aside: {message} ({code})")
NOT_ADOPTED = _("What was read without the server is removed: {message} ({code})")
REVOKED = _("The server does not know this station any more ({message}). {waiting} reports wait.")


class Server(Protocol):
    def sync(self, body: SyncIn) -> SyncOut: ...


@dataclass
class Syncer:
    """One exchange after the other; `wake` asks for the next one at once."""

    server: Server
    outbox: Outbox
    journal: Journal
    phones: Phones
    runner: Runner
    stop: Event
    say: Callable[[str], None]
    answers: Answers | None = None
    ports: Ports = field(default_factory=Ports)
    kits: Kits | None = None
    offers: Offers | None = None
    wake: Event = field(default_factory=Event)
    tags: dict[str, str] = field(default_factory=dict)
    _limit: int = BATCH
    _backoff: Backoff = field(default_factory=lambda: Backoff(first=1.0, longest=LONGEST_WAIT))
    _reminded_at: float | None = None
    _away_since: float | None = None
    _picture: str | None = None  # digest of what the server last said it has

    def run(self) -> None:
        """Exchange until stopped; the last exchange hands over what ended while stopping."""
        while not self.stop.is_set():
            self._wait(self.once())

    @property
    def is_away(self) -> bool:
        """Whether the server did not take the last exchange."""
        return self._reminded_at is not None

    def away_seconds(self) -> float | None:
        """Return for how long the server has taken nothing, None where it takes what it is sent."""
        since = self._away_since
        return None if since is None else time.monotonic() - since

    def once(self) -> float:
        """Exchange once; return the seconds until the next exchange is due."""
        self._note_progress()
        batch = self.outbox.batch(self._limit)
        reports = batch.reports
        message = self._message(batch)
        try:
            answer = self.server.sync(message)
        except Refused as refusal:
            return self._refused(refusal, reports)
        except Unavailable as trouble:
            return self._away(str(trouble))
        self._back()
        self._take(answer, message.begun)
        return 0.0 if len(reports) == self._limit else answer.next_sync_seconds

    def _message(self, batch: Batch) -> SyncIn:
        held, whole = self.runner.held(), self.runner.whole()
        present, begun = self.phones.present(), self.offers.all() if self.offers else []
        unadopted = self.offers.unadopted() if self.offers else set[str]()
        unheard_of = unadopted - {one.job for one in begun}
        return SyncIn(
            reports=list(batch.reports),
            present=present,
            running=_without([*held, *whole, *batch.ended], unheard_of),
            whole=_without(whole, unheard_of),
            kept=self.runner.kept(),
            free=max(0, CAPACITY - len(held)),
            oldest=batch.oldest,
            sent_at=now(),
            ports=self._new_picture(),
            kits=self.kits.made_at(present) if self.kits else None,
            begun=begun,
        )

    def _new_picture(self) -> list[PortNow] | None:
        """Return what is at the ports where the server has another picture of them."""
        picture = self.ports.picture()
        return None if picture_digest(picture) == self._picture else picture

    def _note_progress(self) -> None:
        """Tell how far jobs are; only the newest word on each waits."""
        for progress in self.runner.progress():
            if not self.outbox.has_progress(progress.job):
                self.outbox.put(progress)

    def _take(self, answer: SyncOut, begun: Sequence[Begun]) -> None:
        self.outbox.settle(
            taken=answer.taken, rejected=answer.rejected, known=answer.known, anew=answer.anew
        )
        for rejected in answer.rejected:
            self._say_aside(rejected)
        self.tags, self._picture = answer.tags, answer.ports
        if self.answers is not None:
            self.answers.ask_about(answer.work_apps)
            self.answers.told_at_once = answer.fills_gaps
        self.runner.limit(answer.backup_rate)
        refused = self._take_kits(answer, begun)
        self.runner.heard(lost=answer.lost, over=[*answer.over, *refused])
        self.runner.pause(answer.paused)
        self.runner.over(answer.over)
        self.runner.refused(refused)
        settled = {*answer.paused, *refused}
        self.runner.lost(job for job in answer.lost if job not in settled)
        for lease in answer.leases:
            self.journal.accept(lease)
        self.runner.look()

    def _take_kits(self, answer: SyncOut, begun: Sequence[Begun]) -> list[str]:
        """Take in what the server says of backups without it; return the jobs that it refuses."""
        if self.kits is not None:
            self.kits.take(answer.kits, answer.kits_over, answer.server_time)
        if self.offers is not None:
            self.offers.heard(begun, answer.adopted)
        for one in answer.refused:
            self.say(say(NOT_ADOPTED, message=one.message, code=one.code))
        return [one.job for one in answer.refused]

    def _refused(self, refusal: Refused, reports: Sequence[Report]) -> float:
        if refusal.kind == "unauthorized":
            return self._away(str(refusal), sentence=REVOKED)
        if refusal.kind != "invalid" or not reports:
            return self._away(str(refusal))
        if len(reports) > 1:  # find the one that cannot be read over there
            self._limit = max(1, len(reports) // 2)
            return 0.0
        only = Rejected(sequence=reports[0].sequence, code=refusal.code, message=refusal.message)
        self.outbox.settle(taken=0, rejected=[only])
        self._say_aside(only)
        return 0.0

    def _say_aside(self, rejected: Rejected) -> None:
        self.say(say(ASIDE, **rejected.model_dump()))

    def _away(self, reason: str, sentence: str = AWAY) -> float:
        now = time.monotonic()
        self._away_since = now if self._away_since is None else self._away_since
        if self._reminded_at is None or now - self._reminded_at >= REMIND_SECONDS:
            self._reminded_at = now
            self.say(say(sentence, reason=reason, message=reason, waiting=self.outbox.waiting()))
        return self._backoff.next_seconds()

    def _back(self) -> None:
        self._limit = min(BATCH, self._limit * 2)
        self._backoff.reset()
        self._away_since = None
        if self.is_away:
            self._reminded_at = None
            self.say(say(BACK))

    def _wait(self, seconds: float) -> None:
        """Wait for the next exchange; while the server is away, news do not shorten the wait."""
        if not self.is_away:
            self.wake.wait(seconds)
            self.wake.clear()
        else:
            self.stop.wait(seconds)


def _without(jobs: Sequence[str], others: set[str]) -> list[str]:
    return [job for job in jobs if job not in others]
