"""Asking the phone for its own hashes while the station reads on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from threading import Event, Thread

from agents.station.backup.progress import Item, Progress
from agents.station.backup.reading import Reader
from agents.station.stopping import go_on

KEPT_AT_ONCE = 2000


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
    reader: Reader, progress: Progress, items: Iterable[Item], stop: Event, pause: Event
) -> None:
    answers = _stoppable(reader.hashes(items), stop, pause)
    while some := list(islice(answers, KEPT_AT_ONCE)):
        progress.answered(some)


def _stoppable(
    answers: Iterator[tuple[bytes, str | None, str | None]], stop: Event, pause: Event
) -> Iterator[tuple[bytes, str | None, str | None]]:
    for answer in answers:
        go_on(stop, pause)
        yield answer
