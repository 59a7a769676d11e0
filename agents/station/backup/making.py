"""Making one pack: reads its files from the phone, and notes what went into it and what did not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

from agents.phone import files
from agents.station.backup.packs import PackWriter, TooShort
from agents.station.backup.plan import Batch
from agents.station.backup.progress import Item, Stored
from agents.station.backup.reading import LargeFile, Read, Reader
from agents.station.backup.spool import Spool
from agents.station.stopping import go_on

CUT_OFF = "it was cut short while it was read"


@dataclass
class Making:
    """`ask` has the phone hash files: small ones once they are read, large ones meanwhile.

    `told` hears how many bytes have been read since it was last called, and of how many files they
    are the end. After `pause` nothing further is begun.
    """

    reader: Reader
    stop: Event
    pause: Event
    ask: Callable[[Sequence[Item]], None]
    told: Callable[[int, int], None]
    stored: list[Stored] = field(default_factory=list)
    problems: list[Stored] = field(default_factory=list)

    def pack(
        self,
        path: Path,
        batch: Batch,
        recipients: Sequence[Any],
        begun: Callable[[Spool], None],
        *,
        window: int | None = None,
    ) -> Spool | None:
        """Write the pack of `batch` to `path`; None, and no file, when nothing could be read.

        `begun` is given the pack while it grows; no more than `window` bytes of it are on disk.
        """
        with suppress(TooShort), PackWriter(path, recipients, window=window) as writer:
            begun(writer.spool)
            self._add_all_small(writer, batch.small)
            for item in batch.large:
                if not self.pause.is_set():
                    self._add_large(writer, item)
            if self.stored:
                return writer.finish()
            writer.abandon()
        return None

    def _add_all_small(self, writer: PackWriter, items: Sequence[Item]) -> None:
        with closing(self.reader.small(items)) as read:
            for some in read:
                go_on(self.stop)
                if self.pause.is_set():
                    break
                self._add_small(writer, some)

    def _add_small(self, writer: PackWriter, some: Read) -> None:
        """Add what came; the phone hashes it while the next files are read."""
        read: list[tuple[Item, files.Content]] = []
        for item, content in some:
            if isinstance(content, files.Problem):
                self.problems.append(Stored(item, problem=f"not read: {content.reason}"))
            else:
                read.append((_as_read(item, len(content)), content))
        digests = writer.add_whole((item.path, item.mtime, content) for item, content in read)
        stored = [Stored(item, digest) for (item, _), digest in zip(read, digests, strict=True)]
        self.stored += stored
        self.ask([one.item for one in stored])
        self.told(sum(one.item.size for one in stored), len(stored))

    def _add_large(self, writer: PackWriter, item: Item) -> None:
        with closing(self.reader.large(item)) as large:
            if large.refused:
                self.problems.append(Stored(item, problem=f"not read: {large.problem}"))
            else:
                self._add_pieces(writer, item, large)

    def _add_pieces(self, writer: PackWriter, item: Item, large: LargeFile) -> None:
        self.ask([item])
        chunks = self._watched(large)
        try:
            added = writer.add(item.path, size=item.size, mtime=item.mtime, chunks=chunks)
        except TooShort:
            self.problems.append(Stored(item, problem=large.problem or CUT_OFF))
            raise
        cut = None if added.whole else large.problem or CUT_OFF
        self.stored.append(Stored(item, added.sha256, cut))
        self.told(0, 1)

    def _watched(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            go_on(self.stop)
            yield chunk
            self.told(len(chunk), 0)


def _as_read(item: Item, size: int) -> Item:
    """The content may be longer or shorter by now than the listing said."""
    return item if item.size == size else replace(item, size=size)
