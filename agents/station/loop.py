"""The agent: watches, works and exchanges, each in threads of its own, until it is told to stop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread

from agents.phone.adb import Adb
from agents.station.answers import Answers
from agents.station.home import Home, held, open_home
from agents.station.jobs.backup import forget_old
from agents.station.journal import Journal
from agents.station.outbox import Outbox
from agents.station.phones import Phones
from agents.station.runner import CAPACITY, Runner
from agents.station.store import Store
from agents.station.sync import Syncer
from agents.station.watch import Watch
from api.client import Client
from fleet.contracts import words
from fleet.contracts.words import _

PROBES = 4  # phones probed at once
LAST_WORD_SECONDS = 5.0  # to hand over what ended while the agent was stopping
UPLOAD_SECONDS = 120.0  # of silence while a pack is sent

STARTED = _("Station {station} watches for phones and reports to {server}.")
PLAIN = _("! {server} was enrolled with --insecure: others may listen.")
STOPPED = _("Station {station} has stopped; {waiting} reports wait for the server.")
BROKEN = _("The agent stops: {part} failed with {error}.")

Say = Callable[[str], None]


def run(home: Path, *, stop: Event, say: Say, adb_port: int | None = None) -> int:
    """Run the agent of the station in `home` until `stop` is set; returns its exit code."""
    at = open_home(home)
    with held(at), ExitStack() as stack:
        agent = Agent(
            at, stop=stop, say=say, adb=stack.enter_context(Adb(port=adb_port)), stack=stack
        )
        return agent.run()


class Agent:
    """All parts of one running station, wired together."""

    def __init__(self, at: Home, *, stop: Event, say: Say, adb: Adb, stack: ExitStack) -> None:
        self.at, self.stop, self.say = at, stop, say
        self.failed = False
        store = stack.enter_context(closing(Store(at.outbox)))
        forget_old(at.backups, Journal(store).deliveries())
        self.outbox, self.answers, self.phones = Outbox(store), Answers(store), Phones()
        self.client = stack.enter_context(self._client(UPLOAD_SECONDS))
        self.probes = stack.enter_context(ThreadPoolExecutor(PROBES, "probe"))
        self.workers = stack.enter_context(ThreadPoolExecutor(CAPACITY, "job"))
        self.watch = self._watch(adb)
        self.runner = self._runner(Journal(store))
        self.syncer = self._syncer(Journal(store))

    def run(self) -> int:
        threads = [
            self._thread("watch", self.watch.run),
            self._thread("sync", self.syncer.run),
            self._thread("deliver", self.runner.deliveries.run),
        ]
        self.say(words.say(STARTED, station=self.at.station, server=self.at.server))
        if self.at.insecure:
            self.say(words.say(PLAIN, server=self.at.server))
        self.stop.wait()
        self.syncer.wake.set()
        self.runner.deliveries.end()
        self.runner.stop()
        for thread in threads:
            thread.join()
        self._last_word()
        waiting = self.outbox.waiting()
        self.say(words.say(STOPPED, station=self.at.station, waiting=waiting))
        return 1 if self.failed else 0

    def _last_word(self) -> None:
        """Tell the server what ended while stopping, and that no phone is watched any more."""
        if self.syncer.is_away:
            return
        self.phones.clear()
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

    def _watch(self, adb: Adb) -> Watch:
        return Watch(
            adb=adb,
            phones=self.phones,
            outbox=self.outbox,
            answers=self.answers,
            pool=self.probes,
            stop=self.stop,
            say=self.say,
            changed=self._changed,
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
            visit=self.watch.visit,
            answers=self.answers,
            suspect=self.watch.suspect,
            say=self.say,
            changed=self._changed,
        )

    def _syncer(self, journal: Journal) -> Syncer:
        return Syncer(
            server=self.client,
            outbox=self.outbox,
            journal=journal,
            phones=self.phones,
            runner=self.runner,
            stop=self.stop,
            say=self.say,
            answers=self.answers,
        )

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
