"""The agent: watches, works and exchanges, each in threads of its own, until it is told to stop."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from agents.phone.adb import Adb
from agents.phone.pairing import servers_at
from agents.station.addresses import Addresses
from agents.station.alone import alone_at
from agents.station.answers import Answers
from agents.station.backup.bases import Bases
from agents.station.beginning import Beginner
from agents.station.home import Home, held, open_home
from agents.station.jobs.backup import forget_old
from agents.station.journal import Journal
from agents.station.kits import Kits
from agents.station.manager import Manager
from agents.station.offers import Offers
from agents.station.outbox import Outbox
from agents.station.phones import Phones
from agents.station.pool import Pool
from agents.station.ports import Ports
from agents.station.pulse import QUESTIONS
from agents.station.runner import CAPACITY, Runner
from agents.station.store import Store
from agents.station.sync import Syncer
from agents.station.turning import Turning
from agents.station.watch import Watch
from agents.station.watches import Watches
from agents.station.wireless import Wireless
from api.client import Client
from fleet.contracts import words
from fleet.contracts.words import _

PROBES = 4  # phones probed at once
CONNECTS = 4  # phones without a cable connected at once
LAST_WORD_SECONDS = 5.0  # to hand over what ended while the agent was stopping
UPLOAD_SECONDS = 120.0  # of silence while a pack is sent
# What a part may rightly be at one thing: adb takes 20 s to start and is looked for every 30 s; an
# exchange may be silent for UPLOAD_SECONDS while it connects, asks and is answered.
WATCH_TURNS, SYNC_TURNS = 90.0, 3 * UPLOAD_SECONDS + 120.0

STARTED = _("Station {station} watches for phones and reports to {server}.")
PLAIN = _("! {server} was enrolled with --insecure: others may listen.")
STOPPED = _("Station {station} has stopped; {waiting} reports wait for the server.")
BROKEN = _("The agent stops: {part} failed with {error}.")
STATUS = _("{phones} phones, {waiting} reports wait.")
STATUS_AWAY = _("{phones} phones, {waiting} reports wait: the server does not take them.")

Say = Callable[[str], None]


def run(
    home: Path, *, stop: Event, say: Say, adb_port: int | None = None, adb: Sequence[str] = ()
) -> int:
    """Run the agent of the station in `home` until `stop` is set; returns its exit code.

    It follows the adb server on `adb_port`, or those at the addresses in `adb`.
    """
    with made(home, stop=stop, say=say, adb_port=adb_port, adb=adb) as agent:
        return agent.run()


@contextmanager
def made(
    home: Path, *, stop: Event, say: Say, adb_port: int | None = None, adb: Sequence[str] = ()
) -> "Iterator[Agent]":
    """Give the agent of the station in `home`: the only one there, and at its adb servers."""
    at, servers = open_home(home), servers_at(adb) or [Adb(port=adb_port)]
    with held(at), ExitStack() as stack:
        for server in servers:
            stack.enter_context(alone_at(server.address, at.path))
            stack.callback(server.close)
            if server.is_here:  # one of another machine may come later
                server.ensure()
        yield Agent(at, stop=stop, say=say, adbs=servers, stack=stack)


class Agent:
    """All parts of one running station, wired together."""

    def __init__(
        self, at: Home, *, stop: Event, say: Say, adbs: Sequence[Adb], stack: ExitStack
    ) -> None:
        self.at, self.adbs, self.stop, self.say = at, adbs, stop, say
        self.parts: list[Turning] = []
        self.failed = False
        self.manager = Manager.of(os.environ)
        self.store = stack.enter_context(closing(Store(at.outbox)))
        forget_old(at.backups, Journal(self.store).deliveries())
        Bases.beside(at.backups).forget_old()
        self.outbox, self.answers = Outbox(self.store), Answers(self.store)
        self.phones, self.ports = Phones(), Ports()
        self.client = stack.enter_context(self._client(UPLOAD_SECONDS))
        self.probes = stack.enter_context(Pool(PROBES, "probe"))
        self.patient = stack.enter_context(Pool(PROBES, "patient"))
        self.rests = stack.enter_context(Pool(PROBES, "rest"))
        self.pulses = stack.enter_context(Pool(QUESTIONS, "pulse"))
        self.workers = stack.enter_context(Pool(CAPACITY, "job"))
        self.watches = [self._watch(adb) for adb in adbs]
        self.watch = Watches(self.watches)
        connects = stack.enter_context(Pool(CONNECTS, "connect"))
        self.wireless = Wireless(
            Addresses(self.store),
            adbs,
            self.watch.states,
            connects,
            stop=self._turning("wireless", WATCH_TURNS),
            say=say,
        )
        self.runner = self._runner(Journal(self.store))
        self.syncer = self._syncer(Journal(self.store))
        self.beginner = self._beginner(Journal(self.store))
        self.exchange = self.syncer.run

    def run(self) -> int:
        parts = [(f"watch{watch.adb.place}", watch.run) for watch in self.watches]
        parts += [(f"pulse{watch.adb.place}", watch.pulse.run) for watch in self.watches]
        parts += [("wireless", self.wireless.run), ("sync", self.exchange)]
        parts += [("deliver", self.runner.deliveries.run), ("begin", self.beginner.run)]
        threads = [self._thread(part, work) for part, work in parts]
        self.say(words.say(STARTED, station=self.at.station, server=self.at.server))
        if self.at.insecure:
            self.say(words.say(PLAIN, server=self.at.server))
        self.manager.ready(self._status())
        while not self.stop.wait(self.manager.seconds):
            turns = all(part.still_turns for part in self.parts)
            self.manager.goes_on(self._status(), turns=turns)
        self.manager.stopping()
        self.syncer.wake.set()
        for watch in self.watches:
            watch.pulse.wake.set()
        self.runner.deliveries.end()
        self.runner.stop()
        for thread in threads:
            thread.join()
        self._last_word()
        waiting = self.outbox.waiting()
        self.say(words.say(STOPPED, station=self.at.station, waiting=waiting))
        return 1 if self.failed else 0

    def _status(self) -> str:
        text = STATUS_AWAY if self.syncer.is_away else STATUS
        return words.say(text, phones=len(self.phones.present()), waiting=self.outbox.waiting())

    def _last_word(self) -> None:
        """Tell the server what ended while stopping, and that no phone is watched any more."""
        if self.syncer.is_away:
            return
        self.phones.clear()
        self.ports.unwatched()
        with self._client(LAST_WORD_SECONDS) as client:
            self.syncer.server = client
            self.syncer.once()

    def _client(self, seconds: float) -> Client:
        return Client(
            self.at.server,
            self.at.token,
            timeout=seconds,
            authority=self.at.authority,
            insecure=self.at.insecure,
        )

    def _changed(self) -> None:
        self.runner.look()
        self.syncer.wake.set()

    def _is_busy(self, serial: str) -> bool:
        return self.runner.works_on(serial)

    def _watch(self, adb: Adb) -> Watch:
        return Watch(
            adb=adb,
            phones=self.phones,
            ports=self.ports,
            outbox=self.outbox,
            answers=self.answers,
            pool=self.probes,
            patient=self.patient,
            rests=self.rests,
            pulses=self.pulses,
            stop=self._turning(f"watch{adb.place}", WATCH_TURNS),
            say=self.say,
            changed=self._changed,
            is_busy=self._is_busy,
        )

    def _runner(self, journal: Journal) -> Runner:
        return Runner(
            journal=journal,
            phones=self.phones,
            key=self.at.key,
            server=self.client,
            backups=self.at.backups,
            pool=self.workers,
            phone=self.watch.phone,
            visit=self.watch.look,
            answers=self.answers,
            suspect=self.watch.suspect,
            say=self.say,
            changed=self._changed,
            offers=Offers(self.store),
        )

    def _beginner(self, journal: Journal) -> Beginner:
        return Beginner(
            kits=Kits(self.store),
            offers=Offers(self.store),
            journal=journal,
            phones=self.phones,
            key=self.at.key,
            backups=self.at.backups,
            room=self.runner.flow.room,
            away_seconds=self.syncer.away_seconds,
            stop=self.stop,
            say=self.say,
            begun=self.runner.look,
        )

    def _syncer(self, journal: Journal) -> Syncer:
        return Syncer(
            server=self.client,
            outbox=self.outbox,
            journal=journal,
            phones=self.phones,
            ports=self.ports,
            runner=self.runner,
            stop=self._turning("sync", SYNC_TURNS),
            say=self.say,
            answers=self.answers,
            kits=Kits(self.store),
            offers=Offers(self.store),
        )

    def _turning(self, part: str, longest: float) -> Turning:
        self.parts.append(Turning(part, self.stop, longest=longest))
        return self.parts[-1]

    def _thread(self, part: str, work: Callable[[], None]) -> Thread:
        thread = Thread(target=self._guarded, args=(part, work), name=part, daemon=True)
        thread.start()
        return thread

    def _guarded(self, part: str, work: Callable[[], None]) -> None:
        """End the whole agent when a part of it fails: half of one would look like a whole one."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 — said aloud, and the exit code tells
            self.failed = True
            self.say(words.say(BROKEN, part=part, error=f"{type(error).__name__}: {error}"))
            self.stop.set()
