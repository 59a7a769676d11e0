"""A single pass: what is plugged in is read, what is due is done, all is told, and it ends.

Nothing is waited for by the clock. It is over when an exchange that began with everything quiet
leaves everything quiet: no phone unread, no job under way, no report here, no job from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Timer

from agents.phone.errors import NoAnswer
from agents.phone.server import Adb
from agents.phone.wire import Refused
from agents.station.loop import Agent, Say, made
from agents.station.pool import Pool
from fleet.contracts.stations import Body, JobDone, PhoneSeen, PhoneUnreadable
from fleet.contracts.words import _, say

WELL = frozenset({"proven", "verified", "observed", "declared", "complete", "guided"})

SUMMARY = _(
    "Read {read} phones, {unreadable} cannot be read; {ended} jobs ended, {badly} of them not well."
)
LEFT = _("Not everything was done within {seconds:g} s; the next pass goes on from here.")
SILENT = _("The adb server at {address} does not answer: its phones were not looked at.")
WAITING = _("The server does not answer: {waiting} reports wait here for the next pass.")


@dataclass
class Account:
    """What happened in a pass."""

    news: Callable[[], None] = lambda: None
    read: set[str] = field(default_factory=set)  # transports
    unreadable: set[str] = field(default_factory=set)
    ended: list[JobDone] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)  # adb servers that did not answer in the end
    waiting: int = 0  # reports that the server did not take
    is_away: bool = False
    is_whole: bool = False  # it was not broken off, by the clock or by a person
    is_late: bool = False
    failed: bool = False

    def note(self, body: Body) -> None:
        match body:
            case PhoneSeen(transport=transport):
                self.read.add(transport)
                self.unreadable.discard(transport)
            case PhoneUnreadable(transport=transport):
                self.unreadable.add(transport)
                self.read.discard(transport)
            case JobDone():
                self.ended.append(body)
        self.news()

    @property
    def badly(self) -> int:
        return sum(not went_well(done) for done in self.ended)

    @property
    def known(self) -> set[str]:
        return self.read | self.unreadable


def run_once(
    home: Path,
    *,
    stop: Event,
    say: Say,
    within: float,
    adb_port: int | None = None,
    adb: Sequence[str] = (),
) -> Account:
    """Make a single pass of at most `within` seconds."""
    with made(home, stop=stop, say=say, adb_port=adb_port, adb=adb) as agent:
        single = SinglePass(agent)
        clock = Timer(within, single.time_is_up)
        clock.daemon = True
        clock.start()
        try:
            single.account.failed = bool(agent.run())
        finally:
            clock.cancel()
        return single.told(within)


class SinglePass:
    """Stands in for the exchange of an agent that would go on for ever."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.account = Account(news=agent.syncer.wake.set)
        agent.outbox.heard = agent.runner.journal.heard = self.account.note
        for pool in self._pools():
            pool.idle = agent.syncer.wake.set
        agent.exchange = self.run

    def run(self) -> None:
        """Exchange until both sides have nothing more for the other."""
        syncer = self.agent.syncer
        while not syncer.stop.is_set():
            syncer.wake.clear()
            was_quiet = self._is_quiet()
            seconds = syncer.once()
            if was_quiet and self._is_quiet() and self._is_told():
                self.account.is_whole = True
                syncer.stop.set()
            else:
                syncer.wake.wait(seconds)

    def time_is_up(self) -> None:
        self.account.is_late = True
        self.agent.stop.set()
        self.agent.syncer.wake.set()

    def told(self, within: float) -> Account:
        """Say what came of it."""
        account, waiting = self.account, self.agent.outbox.waiting()
        account.waiting, account.is_away = waiting, self.agent.syncer.is_away
        lines = [say(SUMMARY, **_counts(account))]
        if account.is_late:
            lines.append(say(LEFT, seconds=within))
        if account.is_away:
            lines.append(say(WAITING, waiting=waiting))
        lines += [say(SILENT, address=address) for address in sorted(account.silent)]
        for line in lines:
            self.agent.say(line)
        return account

    def _pools(self) -> Sequence[Pool]:
        agent = self.agent
        return agent.workers, agent.probes, agent.patient, agent.rests

    def _is_told(self) -> bool:
        return self.agent.syncer.is_away or not self.agent.outbox.waiting()

    def _is_quiet(self) -> bool:
        agent = self.agent
        idle = all(pool.is_idle for pool in self._pools()) and agent.wireless.is_settled
        return idle and self._is_delivered() and self._all_are_known()

    def _is_delivered(self) -> bool:
        """Say whether every backup that was read without the server is there now, if it is."""
        return self.agent.syncer.is_away or self.agent.runner.deliveries.is_idle

    def _all_are_known(self) -> bool:
        """Say whether every phone that adb sees was read, or named as one that cannot be."""
        self.account.silent.clear()
        return all(map(self._are_known_at, self.agent.adbs))

    def _are_known_at(self, adb: Adb) -> bool:
        try:
            there = adb.devices()
        except (NoAnswer, Refused):
            self.account.silent.add(adb.address)
            return True
        return {one.serial for one in there} <= self.account.known


def _counts(account: Account) -> dict[str, int]:
    return {
        "read": len(account.read),
        "unreadable": len(account.unreadable),
        "ended": len(account.ended),
        "badly": account.badly,
    }


def went_well(done: JobDone) -> bool:
    """Say whether a job came to the end that was wanted."""
    outcome = done.pin or done.account or done.backup or done.wipe
    return done.failure is None and (outcome is None or str(outcome.state) in WELL)
