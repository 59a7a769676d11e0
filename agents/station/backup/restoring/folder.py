"""A folder as target: nothing in it is written over, no link in it is followed.

A name that cannot be had here does not lose its file: it gets another name, and a list in the
folder says which.
"""

import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from agents.station.backup import names
from agents.station.backup.errors import (
    TargetNotEmpty,
    TargetOfAnother,
    TargetTooSmall,
)
from agents.station.backup.reading_index import Asked, Expected, Wanted
from agents.station.backup.restoring.report import TAKEN, Done
from agents.station.backup.restoring.targets import Wish
from agents.station.backup.spool import NO_ROOM, named
from fleet.contracts import paths

OURS = ".workfleet-restore"  # a restore is under way here
RENAMED = "workfleet-renamed"  # files that cannot have their own names
NAMES = "workfleet-names.jsonl"  # what they were called
RESERVED = {name.casefold().encode() for name in (OURS, RENAMED, NAMES)}
READ = 1024 * 1024
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe in a file's place is not waited for


@dataclass
class FolderTarget:
    """A folder that is new, empty, or in which a restore of the same backup was begun.

    `begun` says the latter: then what is there is compared before anything is fetched.
    """

    to: Path
    begun: bool
    _renamed: dict[bytes, str] = field(default_factory=dict)  # reasons, by path

    @classmethod
    def of(cls, to: Path, wanted: Wanted) -> "FolderTarget":
        """Refuses a folder with something in it that no restore of this backup has put there."""
        mark = {"backup": wanted.head.backup, "started_at": wanted.head.started_at.isoformat()}
        if begun := _is_marked(to):
            _refuse_another(to, mark)
        elif to.is_symlink() or (to.exists() and not _is_empty(to)):
            raise TargetNotEmpty(path=str(to))
        with _named_when_full(to):
            (to / OURS).mkdir(parents=True, exist_ok=True, mode=0o700)
            if not begun:
                (to / OURS / "backup.json").write_text(json.dumps(mark), "utf-8")
        return cls(to, begun)

    @property
    def spool(self) -> Path:
        return self.to / OURS

    def refuse_too_small(self, asked: Asked, largest: int) -> None:
        """Refuses a disk on which what is asked for cannot lie: found out now, not in the end."""
        needed, free = asked.size + 2 * largest, shutil.disk_usage(self.to).free
        if needed > free:
            raise TargetTooSmall(path=str(self.to), needed=needed, free=free)

    def there(self, wishes: Iterable[Wish]) -> Iterator[Done]:
        if not self.begun:
            return
        for path, expected in wishes:
            if self._has(path, expected):
                yield Done(path)
            elif self._has(_other_name(path), expected):
                yield self._other(path, self._reason(path))

    def put(self, path: bytes, expected: Expected, part: Path) -> Iterator[Done]:
        with _named_when_full(self.to), suppress(ValueError, OverflowError):
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
        self._write_names()
        if whole:
            shutil.rmtree(self.spool)

    def _other(self, path: bytes, reason: str | None) -> Done:
        self._renamed[path] = reason or TAKEN
        return Done(path, place=os.fsdecode(_other_name(path)), reason=reason or TAKEN)

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
                if _exists(name, where):
                    return TAKEN
                os.rename(part, name, dst_dir_fd=where)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                raise named(error, self.to) from None
            return TAKEN if _in_the_way(error) else names.IMPOSSIBLE
        return None

    def _has(self, path: bytes, expected: Expected) -> bool:
        *folders, name = path.split(b"/")
        try:
            with self._below(folders) as where:
                return _holds(os.open(name, FILE, dir_fd=where), expected)
        except (OSError, ValueError):
            return False

    @contextmanager
    def _below(self, folders: list[bytes], *, make: bool = False) -> Iterator[int]:
        """Give the folder as a handle; a link on the way is an error, however it came there."""
        with ExitStack() as opened:
            where = os.open(self.to, FOLDER)
            opened.callback(os.close, where)
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, dir_fd=where)
                where = os.open(folder, FOLDER, dir_fd=where)
                opened.callback(os.close, where)
            yield where

    def _write_names(self) -> None:
        if not self._renamed:
            return
        lines = (
            {
                "path": paths.text_of(path),
                "restored_as": os.fsdecode(_other_name(path)),
                "reason": reason,
            }
            for path, reason in sorted(self._renamed.items())
        )
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        new = self.spool / "names"
        new.write_text(text, "utf-8")
        new.replace(self.to / NAMES)


def _other_name(path: bytes) -> bytes:
    """Return where a file goes that cannot have its name: the same place in every run."""
    _, dot, ending = path.rpartition(b"/")[2].rpartition(b".")
    known = dot + ending.lower() if len(ending) <= 5 and ending.isalnum() else b""
    return b"%s/%s%s" % (RENAMED.encode(), hashlib.sha256(path).hexdigest()[:16].encode(), known)


def _exists(name: bytes, where: int) -> bool:
    try:
        os.lstat(name, dir_fd=where)
    except FileNotFoundError:
        return False
    return True


def _in_the_way(error: Exception) -> bool:
    blocked = {errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY}
    return isinstance(error, OSError) and error.errno in blocked


def _holds(handle: int, expected: Expected) -> bool:
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size != expected.size:
            return False
        return hashlib.file_digest(file, "sha256").hexdigest() == expected.sha256


def _is_marked(to: Path) -> bool:
    return (to / OURS / "backup.json").is_file() and not to.is_symlink()


def _refuse_another(to: Path, mark: dict[str, str]) -> None:
    text = (to / OURS / "backup.json").read_text("utf-8", errors="replace")
    with suppress(ValueError):
        if json.loads(text) == mark:
            return
    raise TargetOfAnother(path=str(to))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


@contextmanager
def _named_when_full(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise named(error, to) from None
