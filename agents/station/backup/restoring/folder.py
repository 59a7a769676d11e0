"""A folder as target: nothing in it is written over, no link in it is followed.

A name that cannot be had here does not lose its file: it gets another name, and a list in the
folder says which.
"""

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from agents.station.backup import names
from agents.station.backup.errors import (
    TargetInUse,
    TargetNotEmpty,
    TargetOfAnother,
    TargetTooSmall,
)
from agents.station.backup.reading_index import Asked, Expected, Wanted
from agents.station.backup.restoring.report import TAKEN, Done
from agents.station.backup.restoring.targets import Wish
from agents.station.disk import NO_ROOM, full_disk_named, named
from fleet.contracts import paths

OURS = ".workfleet-restore"  # a restore is under way here
RENAMED = "workfleet-renamed"  # files that cannot have their own names
NAMES = "workfleet-names.jsonl"  # what they were called
RESERVED = {name.casefold().encode() for name in (OURS, RENAMED, NAMES)}
HANDLES = os.open in os.supports_dir_fd  # else, on Windows, folders are looked at by their paths
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NO_LINK
FILE = os.O_RDONLY | NO_LINK | getattr(os, "O_NONBLOCK", 0)  # a pipe there is not waited for


@dataclass
class FolderTarget:
    """A folder that is new, empty, or in which a restore of the same backup was begun.

    `begun` says the latter: then what is there is compared before anything is fetched.
    """

    to: Path
    begun: bool
    _lock: sqlite3.Connection = field(repr=False)
    _listed: dict[str, str] = field(default_factory=dict)  # reasons for other names, by path

    def __post_init__(self) -> None:
        with suppress(FileNotFoundError), self._names() as file:
            for line in file:
                with suppress(ValueError, KeyError, TypeError):  # half a line, or not one of ours
                    said = json.loads(line)
                    self._listed[said["path"]] = said["reason"]

    @classmethod
    def of(cls, to: Path, wanted: Wanted) -> "FolderTarget":
        """Refuses a folder with something in it that no restore of this backup has put there."""
        mark = {"backup": wanted.head.backup, "started_at": wanted.head.started_at.isoformat()}
        if begun := _is_marked(to):
            _refuse_another(to, mark)
        elif to.is_symlink() or (to.exists() and not _is_empty(to)):
            raise TargetNotEmpty(path=str(to))
        with full_disk_named(to):
            to.mkdir(parents=True, exist_ok=True, mode=0o700)  # it is a person's data
            (to / OURS).mkdir(exist_ok=True, mode=0o700)
            lock = _locked(to)
            (to / OURS / "backup.json").write_text(json.dumps(mark), "utf-8")
        return cls(to, begun, lock)

    @property
    def spool(self) -> Path:
        return self.to / OURS

    def there(self, wishes: Iterable[Wish]) -> Iterator[Done]:
        if not self.begun:
            return
        for path, expected in wishes:
            if names.problem(path) == names.ESCAPES:
                continue  # refused where it comes out of its pack
            if self._has(path, expected):
                yield Done(path)
            elif self._has(_other_name(path), expected):
                yield self._other(path, self._reason(path))

    def put(self, path: bytes, expected: Expected, part: Path) -> Iterator[Done]:
        with full_disk_named(self.to), suppress(ValueError, OverflowError):
            os.utime(part, (expected.mtime, expected.mtime))
        reason = self._reason(path) or self._moved(path, part)
        if reason is None:
            yield Done(path)
            return
        if problem := self._moved(_other_name(path), part):
            yield Done(path, problem=problem)
        else:
            yield self._other(path, reason)

    def flush(self) -> Iterator[Done]:
        return iter(())

    def finish(self, *, whole: bool) -> None:
        self.close()
        if whole:
            shutil.rmtree(self.spool)

    def close(self) -> None:
        """Let another restore go on here."""
        self._lock.close()

    def _other(self, path: bytes, reason: str | None) -> Done:
        """Write the file's own name down at once: nobody may find it later without."""
        text, place = paths.text_of(path), os.fsdecode(_other_name(path))
        if text not in self._listed:
            self._listed[text] = reason or TAKEN
            said = {"path": text, "restored_as": place, "reason": self._listed[text]}
            with full_disk_named(self.to), self._names(os.O_CREAT | os.O_APPEND) as file:
                file.write(json.dumps(said, ensure_ascii=False) + "\n")
        return Done(path, place=place, reason=self._listed[text])

    @contextmanager
    def _names(self, flags: int = 0) -> Iterator[IO[str]]:
        """Open the list of other names, which is no link and no pipe."""
        kind = os.O_WRONLY if flags else os.O_RDONLY
        handle = os.open(self.to / NAMES, FILE | kind | flags, 0o600)
        with os.fdopen(handle, "a" if flags else "r", encoding="utf-8") as file:
            yield file

    def _reason(self, path: bytes) -> str | None:
        """Return why a file can certainly not have its own name here."""
        if path.split(b"/")[0].lower() in RESERVED:
            return TAKEN
        return names.problem(path)

    def _moved(self, path: bytes, part: Path) -> str | None:
        """Move the checked file to its place; say why that was not possible."""
        *folders, name = path.split(b"/")
        try:
            with self._below(folders, make=True) as where:
                if where.has(name):
                    return TAKEN
                os.rename(part, where.path(name), dst_dir_fd=where.handle)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                raise named(error, self.to) from None
            return TAKEN if _in_the_way(error) else names.IMPOSSIBLE
        return None

    def _has(self, path: bytes, expected: Expected) -> bool:
        *folders, name = path.split(b"/")
        try:
            with self._below(folders) as where:
                handle = os.open(where.path(name), FILE, dir_fd=where.handle)
                return _holds(handle, expected)
        except (OSError, ValueError):
            return False

    @contextmanager
    def _below(self, folders: list[bytes], *, make: bool = False) -> "Iterator[_Folder]":
        """Give a folder of the target; a link on the way is an error, however it came there."""
        with ExitStack() as opened:
            where = _Folder.first(self.to, opened)
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(where.path(folder), dir_fd=where.handle)
                where = where.below(folder, opened)
            yield where


@dataclass(frozen=True)
class _Folder:
    """A folder by its handle, so that nobody exchanges it; by its path where there are none."""

    handle: int | None
    place: bytes

    @classmethod
    def first(cls, to: Path, opened: ExitStack) -> "_Folder":
        handle = os.open(to, FOLDER) if HANDLES else None
        if handle is not None:
            opened.callback(os.close, handle)
        return cls(handle, os.fsencode(to))

    def path(self, name: bytes) -> bytes:
        return name if self.handle is not None else os.path.join(self.place, name)  # noqa: PTH118

    def has(self, name: bytes) -> bool:
        try:
            os.lstat(self.path(name), dir_fd=self.handle)
        except FileNotFoundError:
            return False
        return True

    def below(self, name: bytes, opened: ExitStack) -> "_Folder":
        if self.handle is None:
            place = self.path(name)
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "a link, or no folder")
            return _Folder(None, place)
        handle = os.open(name, FOLDER, dir_fd=self.handle)
        opened.callback(os.close, handle)
        return _Folder(handle, b"")


def refuse_too_small(to: Path, asked: Asked, largest: int) -> None:
    """Refuses a disk on which what is asked for cannot lie: found out now, not in the end.

    A restore that was begun is not refused: how much of it is there is not known yet.
    """
    if _is_marked(to):
        return
    there = next(folder for folder in (to, *to.absolute().parents) if folder.exists())
    needed, free = asked.size + 2 * largest, shutil.disk_usage(there).free
    if needed > free:
        raise TargetTooSmall(path=str(to), needed=needed, free=free)


def _other_name(path: bytes) -> bytes:
    """Return where a file goes that cannot have its name: the same place in every run."""
    _, dot, ending = path.rpartition(b"/")[2].rpartition(b".")
    known = dot + ending.lower() if len(ending) <= 5 and ending.isalnum() else b""
    return b"%s/%s%s" % (RENAMED.encode(), hashlib.sha256(path).hexdigest()[:16].encode(), known)


def _in_the_way(error: Exception) -> bool:
    blocked = {errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}
    return isinstance(error, OSError) and error.errno in blocked


def _holds(handle: int, expected: Expected) -> bool:
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size != expected.size:
            return False
        return hashlib.file_digest(file, "sha256").hexdigest() == expected.sha256


def _locked(to: Path) -> sqlite3.Connection:
    """Refuses where another process restores: it would put its content under our names.

    As for a station's home, SQLite's file lock works alike on every system.
    """
    lock = sqlite3.connect(to / OURS / "lock", timeout=0, isolation_level=None)
    try:
        lock.execute("PRAGMA journal_mode=DELETE")
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise
        raise TargetInUse(path=str(to)) from None
    return lock


def _is_marked(to: Path) -> bool:
    """Tell whether a restore was begun here; one behind a link is somebody else's."""
    linked = to.is_symlink() or (to / OURS).is_symlink()
    return not linked and (to / OURS / "backup.json").is_file()


def _refuse_another(to: Path, mark: dict[str, str]) -> None:
    text = (to / OURS / "backup.json").read_text("utf-8", errors="replace")
    with suppress(ValueError):
        if json.loads(text) == mark:
            return
    raise TargetOfAnother(path=str(to))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
