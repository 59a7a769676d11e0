"""The manifest: one line per path that was ever listed, saying what became of it.

`listed` in its head counts these lines, `relisted` the paths of the last listing; the difference
is the lines whose reason is `vanished`.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from agents.station.backup.progress import Progress
from agents.station.backup.reading import UNNAMED
from fleet.contracts import paths
from fleet.contracts.backups import BackupTask, FileState, ManifestFile, ManifestHead
from fleet.contracts.clock import now

VANISHED = "vanished"  # listed, and gone when the backup ended
APPEARED = "appeared"  # came while the backup ran, too late to be read
CHANGED = "changed"  # its size or time moved after it was read
DIFFERS = "differs"  # the phone's own hash is another one
UNASKED = "not_hashed"  # the phone was not asked, or has no way to hash

EVER_LISTED = "SELECT count(*) FROM (SELECT path FROM listed UNION SELECT path FROM file)"


@dataclass(frozen=True)
class Manifest:
    """A written manifest and what it says in numbers.

    `sure` is false where the phone complained about a place in its storage without naming it.
    """

    path: Path
    digest: str
    stored: int
    changed: int
    missing: int
    sure: bool


def verdict(row: sqlite3.Row) -> ManifestFile:
    """Say what became of one path; `row` as Progress.everything gives it."""
    if row["pack"] is None:
        return _missing(row)
    reason = _doubt(row)
    return ManifestFile(
        path=paths.text_of(row["path"]),
        size=row["read_size"],
        mtime=row["read_mtime"],
        state=FileState.CHANGED if reason else FileState.STORED,
        sha256=row["sha256"],
        phone_sha256=row["phone_sha256"],
        pack=row["pack"],
        reason=reason,
    )


def _missing(row: sqlite3.Row) -> ManifestFile:
    gone = row["size"] is None
    return ManifestFile(
        path=paths.text_of(row["path"]),
        size=row["read_size"] if gone else row["size"],
        mtime=row["read_mtime"] if gone else row["mtime"],
        state=FileState.MISSING,
        reason=VANISHED if gone else row["unlisted"] or row["problem"] or APPEARED,
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
        return UNASKED
    return None if row["phone_sha256"] == row["sha256"] else DIFFERS


def write(progress: Progress, task: BackupTask, *, serial: str, build: str) -> Manifest:
    """Write the manifest of a finished backup into its folder."""
    path = progress.folder / "manifest.zst"
    sha256, counts = hashlib.sha256(), dict.fromkeys(FileState, 0)
    with path.open("wb") as file:
        for piece in _compressed(_lines(progress, _head(progress, task, serial, build), counts)):
            sha256.update(piece)
            file.write(piece)
    numbers = {str(state): count for state, count in counts.items()}
    sure = not progress.rows("SELECT 1 FROM listed WHERE path = ?", (UNNAMED,))
    return Manifest(path, sha256.hexdigest(), **numbers, sure=sure)


def _lines(progress: Progress, head: ManifestHead, counts: dict[Any, int]) -> Iterator[str]:
    yield head.model_dump_json()
    for row in progress.everything():
        line = verdict(row)
        counts[line.state] += 1
        yield line.model_dump_json(exclude_none=True)


def _compressed(lines: Iterator[str]) -> Iterator[bytes]:
    zstd = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
    for line in lines:
        if piece := zstd.compress(line.encode() + b"\n"):
            yield piece
    yield zstd.flush()


def _head(progress: Progress, task: BackupTask, serial: str, build: str) -> ManifestHead:
    return ManifestHead(
        backup=task.backup,
        serial=serial,
        build=build,
        roots=task.roots,
        excludes=task.excludes,
        started_at=progress.started_at,
        ended_at=now(),
        listed=progress.number(EVER_LISTED),
        relisted=progress.number("SELECT count(*) FROM listed"),
        packs=progress.digests(),
    )
