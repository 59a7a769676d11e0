"""What became of every path: the index names them for who holds an identity, the manifest does not.

`listed` in both heads counts the lines, `relisted` the paths of the last listing; the difference
is the lines whose reason is `vanished`.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

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
    FileLine,
    FileState,
    HeadLine,
    IndexFile,
    IndexHead,
    ManifestFile,
    ManifestHead,
)
from fleet.contracts.clock import now

APPEARED = "appeared"  # came while the backup ran, too late to be read
CHANGED = "changed"  # its size or time moved after it was read
DIFFERS = "differs"  # the phone's own hash is another one
UNASKED = "not_hashed"  # the phone was not asked, or has no way to hash
UNNAMED_REASON = "trouble that the phone put into words of its own"  # they may hold a name

EVER_LISTED = "SELECT count(*) FROM (SELECT path FROM listed UNION SELECT path FROM file)"


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
    """The lines of one backup: what both files say of a path, and by which number of its pack."""

    progress: Progress
    sources: Sources
    numbers: dict[int, int]  # in the head's list, by the number in progress

    def __iter__(self) -> Iterator[tuple[bytes, FileLine]]:
        for row in self.progress.everything():
            yield row["path"], self._line(row)

    def sourced(self) -> set[str]:
        """Return the sources that a line belongs to."""
        rows = self.progress.everything()
        return {source for row in rows if (source := self.sources.to_which(row["path"]))}

    def _line(self, row: sqlite3.Row) -> FileLine:
        source = self.sources.to_which(row["path"])
        if row["pack"] is None:
            return _missing(row, source)
        reason = _doubt(row)
        return FileLine(
            size=row["read_size"],
            mtime=row["read_mtime"],
            state=_state(row, reason),
            sha256=row["sha256"],
            phone_sha256=row["phone_sha256"],
            pack=self.numbers[row["pack"]],
            reason=None if reason == NOT_COMPARABLE else reason,
            source=source,
        )


def _state(row: sqlite3.Row, reason: str | None) -> FileState:
    if reason == NOT_COMPARABLE:
        return FileState.TAKEN
    if reason:
        return FileState.CHANGED
    return FileState.STORED if row["phone_sha256"] else FileState.CARRIED


def _missing(row: sqlite3.Row, source: str | None) -> FileLine:
    gone = row["size"] is None
    return FileLine(
        size=row["read_size"] if gone else row["size"],
        mtime=row["read_mtime"] if gone else row["mtime"],
        state=FileState.MISSING,
        reason=VANISHED if gone else row["unlisted"] or row["problem"] or APPEARED,
        source=source,
    )


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
        lines = Lines(self.progress, self.sources, numbers)
        head = self._head(packs, lines)
        index = self._index(head, lines)
        counts = dict.fromkeys(FileState, 0)
        written = self._manifest(head, lines, index, counts)
        return Manifest(
            written.path,
            written.digest,
            index,
            **{str(state): count for state, count in counts.items()},
            sure=not self.progress.rows("SELECT 1 FROM listed WHERE path = ?", (UNNAMED,)),
        )

    def _index(self, head: dict[str, Any], lines: Lines) -> Written:
        plain = self.progress.folder / "index.zst"
        said = (IndexFile(path=paths.text_of(path), **dict(line)) for path, line in lines)
        sealed = Spool(self.progress.folder / "index.age")
        with closing(sealed):
            _write(plain, IndexHead(names=self.names.hex(), **head), said)
            with plain.open("rb") as file:
                seal(file, sealed, self.recipients)
        plain.unlink()
        return Written(sealed.path, sealed.digest)

    def _manifest(
        self, head: dict[str, Any], lines: Lines, index: Written, counts: dict[FileState, int]
    ) -> Written:
        first = ManifestHead(index=index.digest, base=self.progress.base, **head)
        return _write(
            self.progress.folder / "manifest.zst", first, _counted(self._blinded(lines), counts)
        )

    def _blinded(self, lines: Lines) -> Iterator[ManifestFile]:
        for path, line in lines:
            said = dict(line)
            if path == UNNAMED or "/" in (line.reason or ""):
                said["reason"] = UNNAMED_REASON
            yield ManifestFile(key=paths.blinded(self.names, path).hex(), **said)

    def _head(self, packs: Sequence[sqlite3.Row], lines: Lines) -> dict[str, Any]:
        head = HeadLine(
            backup=self.task.backup,
            serial=self.serial,
            build=self.build,
            roots=self.task.roots,
            excludes=self.task.excludes,
            started_at=self.progress.started_at,
            ended_at=now(),
            listed=self.progress.number(EVER_LISTED),
            relisted=self.progress.number("SELECT count(*) FROM listed"),
            packs=[row["digest"] for row in packs],
            carried=sum(row["carried"] for row in packs),
            sources=self.sources.said(lines.sourced()) if self.task.sources else [],
        )
        return dict(head)


def _counted(lines: Iterator[ManifestFile], counts: dict[FileState, int]) -> Iterator[ManifestFile]:
    for line in lines:
        counts[line.state] += 1
        yield line


def _write(path: Path, head: HeadLine, lines: Iterator[FileLine]) -> Written:
    sha256 = hashlib.sha256()
    zstd = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
    with full_disk_named(path), path.open("wb") as file:
        for piece in _compressed(zstd, head, lines):
            sha256.update(piece)
            file.write(piece)
    return Written(path, sha256.hexdigest())


def _compressed(zstd: Any, head: HeadLine, lines: Iterator[FileLine]) -> Iterator[bytes]:
    yield zstd.compress(head.model_dump_json().encode() + b"\n")
    for line in lines:
        if piece := zstd.compress(line.model_dump_json(exclude_none=True).encode() + b"\n"):
            yield piece
    yield zstd.flush()
