"""A phone's shared storage as a backup sees it: paths relative to its root, trouble by name."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from agents.phone import files
from agents.phone.errors import CommandFailed
from agents.phone.phone import Phone
from agents.station.backup.errors import RootOutside, StorageNotThere
from agents.station.backup.progress import Item

STORAGE = b"/sdcard/"
ALIASES = ("/sdcard/", "/storage/emulated/0/", "/storage/self/primary/")
UNNAMED = b"."  # stands for a place that the phone complained about without saying which
NOT_THERE = "No such file or directory"
NOT_A_FILE = "not a regular file"

Listed = tuple[Item, str | None]
Small = Generator[tuple[Item, bytes | files.Problem], None, None]


@dataclass(frozen=True)
class Reader:
    """Lists, reads and hashes the files of one backup's phone."""

    phone: Phone
    roots: tuple[str, ...]
    excludes: tuple[str, ...]
    tools: files.Tools

    @classmethod
    def of(cls, phone: Phone, roots: Sequence[str], excludes: Sequence[str]) -> "Reader":
        """Refuses storage that is not there, as on a phone not unlocked since it started."""
        places = tuple(_in_storage(root) for root in roots)
        if not phone.script("ls -A /sdcard/ 2>/dev/null | head -n 1").stdout.strip():
            raise StorageNotThere(serial=phone.serial)
        return cls(phone, places, tuple(excludes), files.tools(phone))

    def listing(self) -> Iterator[Listed]:
        """Yield every path that is not a folder, with the reason why it cannot be read, or None."""
        found = files.listing(self.phone, self.roots, self.excludes, known=self.tools)
        for one in found:
            if isinstance(one, files.Problem):
                yield from self._problem(one)
            elif one.kind is files.Kind.FILE:
                yield Item(_relative(one.path), one.size, one.mtime), None
            elif one.kind is not files.Kind.DIRECTORY:
                yield Item(_relative(one.path), one.size, one.mtime), NOT_A_FILE

    def _problem(self, problem: files.Problem) -> Iterator[Listed]:
        path = problem.path or UNNAMED
        if problem.reason == NOT_THERE and path.rstrip(b"/").decode(errors="replace") in self.roots:
            return  # a folder that this phone's apps never made holds nothing
        yield Item(_relative(path), 0, 0.0), f"not listed: {problem.reason}"

    def small(self, items: Iterable[Item]) -> Small:
        by_path = {_entry(item).path: item for item in items}
        entries = (_entry(item) for item in by_path.values())
        with closing(files.read_small(self.phone, entries)) as read:
            for entry, content in read:
                yield by_path[entry.path], content

    def large(self, item: Item) -> "LargeFile":
        return LargeFile(files.read_large(self.phone, _entry(item)))

    def hashes(self, items: Iterable[Item]) -> Iterator[tuple[bytes, str | None, str | None]]:
        """Yield (path, the phone's own SHA-256, or why there is none)."""
        entries = (_entry(item) for item in items)
        for entry, answer in files.hashes(self.phone, entries, known=self.tools):
            path = _relative(entry.path)
            if isinstance(answer, files.Problem):
                yield path, None, f"not hashed: {answer.reason}"
            elif answer.algorithm != "sha256":
                yield path, None, f"not hashed: the phone has {answer.algorithm} only"
            else:
                yield path, answer.hex, None


class LargeFile:
    """One file's pieces; `problem` says why they ended early. None when the phone gave nothing."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.problem: str | None = None
        self._pieces = self._safely(pieces)
        self._first = next(self._pieces, None)
        self.refused = self._first is None and self.problem is not None

    def __iter__(self) -> Iterator[bytes]:
        return chain([self._first or b""], self._pieces)

    def _safely(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        except CommandFailed as refusal:
            self.problem = refusal.reason


def _entry(item: Item) -> files.Entry:
    return files.Entry(STORAGE + item.path, item.size, item.mtime)


def _relative(path: bytes) -> bytes:
    for alias in ALIASES:
        if path.startswith(alias.encode()):
            return path[len(alias) :]
    return path.lstrip(b"/")


def _in_storage(root: str) -> str:
    """Return where `root` is on the phone; refuses a place outside shared storage."""
    place = root.rstrip("/") + "/"
    for alias in ALIASES:
        if place.startswith(alias):
            return ("/sdcard/" + place.removeprefix(alias)).rstrip("/")
    if root.startswith("/") or ".." in root.split("/"):
        raise RootOutside(root=root)
    return ("/sdcard/" + root).rstrip("/")
