"""Asking the phone for its own hashes while the station reads on."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from threading import Event, Lock, Thread

from agents.station.backup.progress import Item, Progress
from agents.station.backup.reading import Answer, Reader
from agents.station.stopping import go_on

STREAMS = 2
ASKED_AT_ONCE = 1000


@dataclass
class Hasher:
    """Hashes what it is handed in a thread of its own; what goes wrong is raised by `finish`."""

    reader: Reader
    progress: Progress
    stop: Event
    pause: Event
    error: Exception | None = None
    _waiting: "SimpleQueue[Sequence[Item] | None]" = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self._thread = Thread(target=self._work, daemon=True, name="hash")
        self._thread.start()

    def hand_over(self, items: Sequence[Item]) -> None:
        """Have the phone hash `items`, which may still be being read."""
        if items:
            self.progress.ask_anew(items)
            self._waiting.put(items)

    def finish(self) -> None:
        """Return when the phone has answered for everything handed over."""
        self.close()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Hash nothing more than what was handed over."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            while (items := self._waiting.get()) is not None:
                hash_all(self.reader, self.progress, items, self.stop, self.pause)
        except Exception as error:  # noqa: BLE001 — raised in the thread that reads
            self.error = error


def hash_all(
    reader: Reader,
    progress: Progress,
    items: Iterable[Item],
    stop: Event,
    pause: Event,
    streams: int = 1,
) -> None:
    """Have the phone hash `items`; more than one stream helps where nothing is read meanwhile."""
    waiting, turn, failed = iter(items), Lock(), Event()

    def work() -> None:
        try:
            while not failed.is_set() and (some := _next(waiting, turn)):
                with closing(reader.hashes(some)) as answers:
                    progress.answered(list(_stoppable(answers, stop, pause)))
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(streams, "hash") as pool:
        for done in [pool.submit(work) for _stream in range(streams)]:
            done.result()


def _next(waiting: Iterator[Item], turn: Lock) -> list[Item]:
    with turn:
        return list(islice(waiting, ASKED_AT_ONCE))


def _stoppable(answers: Iterator[Answer], stop: Event, pause: Event) -> Iterator[Answer]:
    for answer in answers:
        go_on(stop, pause)
        yield answer
