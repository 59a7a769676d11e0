"""The agent: watches, works and exchanges, each in threads of its own, until it is told to stop."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread

from agents.phone.adb import Adb
from agents.phone.wireless import servers_at
from agents.station.addresses import Addresses
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
from agents.station.watches import Watches
from agents.station.wireless import Wireless
from api.client import Client
from fleet.contracts import words
from fleet.contracts.words import _

PROBES = 4  # phones probed at once
CONNECTS = 4  # phones without a cable connected at once
LAST_WORD_SECONDS = 5.0  # to hand over what ended while the agent was stopping
UPLOAD_SECONDS = 120.0  # of silence while a pack is sent

STARTED = _("Station {station} watches for phones and reports to {server}.")
PLAIN = _("! {server} was enrolled with --insecure: others may listen.")
STOPPED = _("Station {station} has stopped; {waiting} reports wait for the server.")
BROKEN = _("The agent stops: {part} failed with {error}.")

Say = Callable[[str], None]


def run(
    home: Path, *, stop: Event, say: Say, adb_port: int | None = None, adb: Sequence[str] = ()
) -> int:
    """Run the agent of the station in `home` until `stop` is set; returns its exit code.

    It follows the adb server on `adb_port`, or those at the addresses in `adb`.
    """
    at, servers = open_home(home), servers_at(adb) or [Adb(port=adb_port)]
    with held(at), ExitStack() as stack:
        for server in servers:
            stack.callback(server.close)
            if server.is_here:  # one of another machine may come later
                server.ensure()
        return Agent(at, stop=stop, say=say, adbs=servers, stack=stack).run()


class Agent:
    """All parts of one running station, wired together."""

    def __init__(
        self, at: Home, *, stop: Event, say: Say, adbs: Sequence[Adb], stack: ExitStack
    ) -> None:
        self.at, self.stop, self.say = at, stop, say
        self.failed = False
        forget_old(at.backups)
        store = stack.enter_context(closing(Store(at.outbox)))
        self.outbox, self.answers, self.phones = Outbox(store), Answers(store), Phones()
        self.client = stack.enter_context(self._client(UPLOAD_SECONDS))
        self.probes = stack.enter_context(ThreadPoolExecutor(PROBES, "probe"))
        self.workers = stack.enter_context(ThreadPoolExecutor(CAPACITY, "job"))
        self.watches = [self._watch(adb) for adb in adbs]
        self.watch = Watches(self.watches)
        connects = stack.enter_context(ThreadPoolExecutor(CONNECTS, "connect"))
        self.wireless = Wireless(
            Addresses(store), adbs, self.watch.states, connects, stop=stop, say=say
        )
        self.runner = self._runner(Journal(store))
        self.syncer = self._syncer(Journal(store))

    def run(self) -> int:
        parts = [("watch", watch.run) for watch in self.watches]
        parts += [("wireless", self.wireless.run), ("sync", self.syncer.run)]
        threads = [self._thread(part, work) for part, work in parts]
        self.say(words.say(STARTED, station=self.at.station, server=self.at.server))
        if self.at.insecure:
            self.say(words.say(PLAIN, server=self.at.server))
        self.stop.wait()
        self.syncer.wake.set()
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
