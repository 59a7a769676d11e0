"""What became of every path: the index names them for who holds an identity, the manifest does not.

`listed` in both heads counts the lines, `relisted` the paths of the last listing; the difference
is the lines whose reason is `vanished`.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import zstandard
from pydantic_core import to_json

from agents.station.backup.extras import NOT_COMPARABLE
from agents.station.backup.progress import Progress
from agents.station.backup.reading import UNNAMED
from agents.station.backup.sealing import seal
from agents.station.backup.sources import Sources
from agents.station.backup.spool import Spool
from agents.station.disk import full_disk_named
from fleet.contracts import paths
from fleet.contracts.backups import (
    VANISHED,
    BackupTask,
    FileState,
    HeadLine,
    IndexHead,
    ManifestHead,
)
from fleet.contracts.clock import now

APPEARED = "appeared"  # came while the backup ran, too late to be read
CHANGED = "changed"  # its size or time moved after it was read
DIFFERS = "differs"  # the phone's own hash is another one
UNASKED = "not_hashed"  # the phone was not asked, or has no way to hash
LEVEL = 1  # most of a line are digests: a higher level saves next to nothing
READ = 1024 * 1024

UNNAMED_REASON = "trouble that the phone put into words of its own"  # they may hold a name


@dataclass(frozen=True)
class Written:
    """A file of ours, ready to be sent."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Manifest(Written):
    """A written manifest with its index, and what they say in numbers.

    `sure` is false where the phone complained about a place in its storage without naming it.
    """

    index: Written
    stored: int
    carried: int
    taken: int
    changed: int
    missing: int
    sure: bool


@dataclass(frozen=True)
class Lines:
    """What became of each path, as both files say it, and what they say in numbers.

    A line is checked by whoever reads it: a model for each would take longer than the reading.
    """

    names: bytes = field(repr=False)
    sources: Sources
    numbers: dict[int, int]  # of packs, in the head's list, by the number in progress
    counts: Counter[FileState] = field(default_factory=Counter)
    sourced: set[str] = field(default_factory=set)  # the sources that a line belongs to

    def both(self, row: sqlite3.Row) -> tuple[bytes, bytes]:
        """Return the line of the index, which names the path, and that of the manifest."""
        path, line = row["path"], self._line(row)
        said = hidden = to_json(line)
        if path == UNNAMED or "/" in line.get("reason", ""):
            hidden = to_json({**line, "reason": UNNAMED_REASON})
        key = paths.blinded(self.names, path).hex().encode()
        return (
            b'{"path":%b,%b\n' % (to_json(paths.text_of(path)), said[1:]),
            b'{"key":"%b",%b\n' % (key, hidden[1:]),
        )

    def _line(self, row: sqlite3.Row) -> dict[str, Any]:
        line = _missing(row) if row["pack"] is None else self._stored(row)
        self.counts[line["state"]] += 1
        if source := self.sources.to_which(row["path"]):
            self.sourced.add(source)
            line["source"] = source
        return line

    def _stored(self, row: sqlite3.Row) -> dict[str, Any]:
        reason = _doubt(row)
        line = {
            "size": row["read_size"],
            "mtime": row["read_mtime"],
            "state": _state(row, reason),
            "sha256": row["sha256"],
            "pack": self.numbers[row["pack"]],
        }
        if row["phone_sha256"]:
            line["phone_sha256"] = row["phone_sha256"]
        if reason and reason != NOT_COMPARABLE:
            line["reason"] = reason
        return line


def _state(row: sqlite3.Row, reason: str | None) -> FileState:
    if reason == NOT_COMPARABLE:
        return FileState.TAKEN
    if reason:
        return FileState.CHANGED
    return FileState.STORED if row["phone_sha256"] else FileState.CARRIED


def _missing(row: sqlite3.Row) -> dict[str, Any]:
    gone = row["size"] is None
    return {
        "size": row["read_size"] if gone else row["size"],
        "mtime": row["read_mtime"] if gone else row["mtime"],
        "state": FileState.MISSING,
        "reason": VANISHED if gone else row["unlisted"] or row["problem"] or APPEARED,
    }


def _doubt(row: sqlite3.Row) -> str | None:
    """Return why what is in the pack is not certainly what is on the phone now."""
    if row["size"] is None:
        return VANISHED
    if trouble := row["unlisted"] or row["problem"] or row["unhashed"]:
        return str(trouble)
    if (row["size"], row["mtime"]) != (row["read_size"], row["read_mtime"]):
        return CHANGED
    if row["phone_sha256"] is None:
        return UNASKED if row["compare"] else None
    return None if row["phone_sha256"] == row["sha256"] else DIFFERS


@dataclass(frozen=True)
class Writing:
    """Writes both files of a finished backup into its folder."""

    progress: Progress
    task: BackupTask
    serial: str
    build: str
    names: bytes = field(repr=False)
    recipients: Sequence[Any] = field(repr=False)
    sources: Sources

    def write(self) -> Manifest:
        packs = self.progress.packs()
        numbers = {row["number"]: n for n, row in enumerate(packs, start=1)}
        lines = Lines(self.names, self.sources, numbers)
        folder = self.progress.folder
        with (
            full_disk_named(folder),
            TemporaryFile(dir=folder) as named,
            TemporaryFile(dir=folder) as blinded,
        ):
            for rows in self.progress.everything():
                of_index, of_manifest = zip(*map(lines.both, rows), strict=True)
                named.write(b"".join(of_index))
                blinded.write(b"".join(of_manifest))
            head = self._head(packs, lines)
            index = self._index(IndexHead(names=self.names.hex(), **head), named)
            first = ManifestHead(index=index.digest, base=self.progress.base, **head)
            written = _write(folder / "manifest.zst", first, blinded)
        return Manifest(
            written.path,
            written.digest,
            index,
            **{str(state): lines.counts[state] for state in FileState},
            sure=not self.progress.rows("SELECT 1 FROM listed WHERE path = ?", (UNNAMED,)),
        )

    def _index(self, head: IndexHead, lines: IO[bytes]) -> Written:
        plain = _write(self.progress.folder / "index.zst", head, lines)
        sealed = Spool(self.progress.folder / "index.age")
        with closing(sealed), plain.path.open("rb") as file:
            seal(file, sealed, self.recipients)
        plain.path.unlink()
        return Written(sealed.path, sealed.digest)

    def _head(self, packs: Sequence[sqlite3.Row], lines: Lines) -> dict[str, Any]:
        head = HeadLine(
            backup=self.task.backup,
            serial=self.serial,
            build=self.build,
            roots=self.task.roots,
            excludes=self.task.excludes,
            started_at=self.progress.started_at,
            ended_at=now(),
            listed=lines.counts.total(),
            relisted=self.progress.number("SELECT count(*) FROM listed"),
            packs=[row["digest"] for row in packs],
            carried=sum(row["carried"] for row in packs),
            sources=self.sources.said(lines.sourced) if self.task.sources else [],
        )
        return dict(head)


def _write(path: Path, head: HeadLine, lines: IO[bytes]) -> Written:
    """Write the head and then the lines, which were there before it: it says how many they are."""
    sha256 = hashlib.sha256()
    zstd = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
    with full_disk_named(path), path.open("wb") as file:
        for piece in _compressed(zstd, head, lines):
            sha256.update(piece)
            file.write(piece)
    return Written(path, sha256.hexdigest())


def _compressed(zstd: Any, head: HeadLine, lines: IO[bytes]) -> Iterator[bytes]:
    yield zstd.compress(head.model_dump_json().encode() + b"\n")
    lines.seek(0)
    while piece := lines.read(READ):
        yield zstd.compress(piece)
    yield zstd.flush()
