"""A phone's storage as a backup sees it: paths as a backup writes them, trouble by name."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from itertools import chain

from agents.phone import files
from agents.phone.errors import CommandFailed
from agents.phone.phone import Phone
from agents.station.backup import extras, spaces
from agents.station.backup.archives import Archives
from agents.station.backup.errors import RootOutside, StorageNotThere
from agents.station.backup.extras import NOT_COMPARABLE, Extras
from agents.station.backup.progress import Item
from agents.station.backup.sources import Sources
from fleet.contracts.backups import BackupTask
from fleet.contracts.spelling import OWN_ALIASES, STORAGE, absolute, root_of, spelt

UNNAMED = b"."  # stands for a place that the phone complained about without saying which
NOT_THERE = "No such file or directory"
NOT_A_FILE = "not a regular file"

Listed = tuple[Item, str | None]
Read = list[tuple[Item, files.Content | files.Problem]]
Answer = tuple[bytes, str | None, str | None]  # path, the phone's SHA-256, or why there is none


@dataclass(frozen=True)
class Reader:
    """Lists, reads and hashes the files of one backup's phone, and what was taken beside them."""

    phone: Phone
    roots: tuple[str, ...]
    excludes: tuple[str, ...]
    tools: files.Tools
    sources: Sources
    archives: Archives
    extras: Extras

    @classmethod
    def of(cls, phone: Phone, task: BackupTask) -> "Reader":
        """Refuses storage that is not there, as on a phone not unlocked since it started."""
        places = [_in_storage(root) for root in task.roots]
        storage = spaces.asked_of(phone)
        if not storage.filled:
            raise StorageNotThere(serial=phone.serial)
        taken = extras.taken(phone, task.sources)
        sources = Sources.of(task.sources, task.spaces, storage)
        sources.said_beside = taken.said
        others = [root_of(space).rstrip(b"/").decode() for space in sources.others]
        archives = Archives(task.sources, storage.clock)
        tools = files.tools(phone)
        return cls(phone, (*places, *others), tuple(task.excludes), tools, sources, archives, taken)

    def listing(self) -> AbstractContextManager[files.Listing]:
        return files.taken(self.phone, self.roots, self.excludes, known=self.tools)

    def understood(self, listing: files.Listing) -> Iterator[Listed]:
        """Yield every path that is not a folder, with the reason why it cannot be read, or None."""
        self.sources.forget()
        self.archives.begin()
        for one in listing:
            if isinstance(one, files.Problem):
                yield from self._problem(one)
            elif one.kind is files.Kind.DIRECTORY:
                self.sources.note_folder(spelt(one.path))
            else:
                yield self._listed(one)
        yield from ((extra.item, None) for extra in self.extras.found.values())

    def _listed(self, entry: files.Entry) -> Listed:
        item = Item(spelt(entry.path), entry.size, entry.mtime)
        if entry.kind is not files.Kind.FILE:
            return item, NOT_A_FILE
        self.archives.note(item)
        return item, None

    def _problem(self, problem: files.Problem) -> Iterator[Listed]:
        path = problem.path or UNNAMED
        is_root = path.rstrip(b"/").decode(errors="replace") in self.roots
        self.sources.note_trouble(spelt(path), problem.reason)
        if is_root and (problem.reason == NOT_THERE or self._is_other_space(path)):
            return  # a folder that this phone's apps never made, or a space that its source names
        yield Item(spelt(path) or UNNAMED, 0, 0.0), f"not listed: {problem.reason}"

    def _is_other_space(self, path: bytes) -> bool:
        return path.rstrip(b"/") in {root_of(one).rstrip(b"/") for one in self.sources.others}

    def look_for_archives(self) -> None:
        """Say what is there of chats, once nothing is read any more."""
        self.archives.look(self.phone, self.sources)

    def small(self, items: Iterable[Item]) -> Generator[Read, None, None]:
        """Give small files with their content, or the trouble with them, many at a time."""
        here: list[bytes] = []
        asked = [(_entry(item), item) for item in self._on_phone(items, here)]
        by_path = {entry.path: item for entry, item in asked}
        yield [(self.extras.found[path].item, self.extras.found[path].text) for path in here]
        with closing(files.read_small(self.phone, (entry for entry, _item in asked))) as read:
            for some in read:
                yield [(by_path[entry.path], content) for entry, content in some]

    def large(self, item: Item) -> "LargeFile":
        if extra := self.extras.found.get(item.path):
            return LargeFile(extra.pieces())
        return LargeFile(files.read_large(self.phone, _entry(item)))

    def hashes(self, items: Iterable[Item]) -> Generator[Answer, None, None]:
        """Give (path, the phone's own SHA-256, or why there is none)."""
        here: list[bytes] = []  # a million items come one by one
        entries = (_entry(item) for item in self._on_phone(items, here))
        for entry, answer in files.hashes(self.phone, entries, known=self.tools):
            path = spelt(entry.path)
            if isinstance(answer, files.Problem):
                yield path, None, f"not hashed: {answer.reason}"
            elif answer.algorithm != "sha256":
                yield path, None, f"not hashed: the phone has {answer.algorithm} only"
            else:
                yield path, answer.hex, None
        yield from ((path, None, NOT_COMPARABLE) for path in here)

    def _on_phone(self, items: Iterable[Item], here: list[bytes]) -> Iterator[Item]:
        """Yield what is a file of the phone, and leave the paths of all others in `here`."""
        for item in items:
            if item.path in self.extras.found:
                here.append(item.path)
            else:
                yield item


class LargeFile:
    """One file's pieces; `problem` says why they ended early. None when the phone gave nothing.

    Whoever does not take all of them closes it, so that the phone does not go on sending.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.problem: str | None = None
        self._pieces = self._safely(pieces)
        self._first = next(self._pieces, None)
        self.refused = self._first is None and self.problem is not None

    def __iter__(self) -> Iterator[bytes]:
        return chain([self._first or b""], self._pieces)

    def close(self) -> None:
        self._pieces.close()

    def _safely(self, pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
        try:
            yield from pieces
        except CommandFailed as refusal:
            self.problem = refusal.reason


def _entry(item: Item) -> files.Entry:
    path = absolute(item.path) or STORAGE + item.path
    return files.Entry(path, item.size, item.mtime)


def _in_storage(root: str) -> str:
    """Return where `root` is on the phone; refuses a place outside shared storage."""
    place = root.rstrip("/") + "/"
    for alias in map(bytes.decode, OWN_ALIASES):
        if place.startswith(alias):
            return ("/sdcard/" + place.removeprefix(alias)).rstrip("/")
    if root.startswith("/") or ".." in root.split("/"):
        raise RootOutside(root=root)
    return ("/sdcard/" + root).rstrip("/")
