"""Putting a backup back into a folder: every file compared, everything that lacks named.

Nothing is restored silently: a file is in the target only when its hash is the index's, and
whatever is not there is in the report with the reason.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from agents.station.backup import names, opening
from agents.station.backup.errors import TargetNotEmpty
from agents.station.backup.opening import PackDamaged
from agents.station.backup.reading_index import Wanted, opened
from agents.station.backup.spool import NO_ROOM, named
from api.client import Refused
from fleet.contracts import paths

READ = 1024 * 1024

DIFFERS = "differs"  # came out of the pack with another hash
NOT_IN_PACK = "not_in_pack"
NOT_A_FILE = "not_a_file"

OpenPack = Callable[[int], AbstractContextManager[Iterable[bytes]]]


@dataclass(frozen=True)
class Problem:
    """A file that is not in the target, and why."""

    path: str
    reason: str


@dataclass
class Report:
    """What is good and what is not; `never_stored` are files the backup itself did not get."""

    files: int = 0
    size: int = 0  # bytes
    problems: list[Problem] = field(default_factory=list)
    never_stored: list[Problem] = field(default_factory=list)
    damaged_packs: dict[int, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.problems and not self.damaged_packs

    def lacks(self, path: bytes, reason: str) -> None:
        self.problems.append(Problem(paths.text_of(path), reason))


def restore(
    packs: OpenPack,
    index: Iterable[bytes],
    identity_file: Path,
    to: Path,
    *,
    digest: str | None = None,
    only: Collection[int] | None = None,
    resealed: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Restore into `to`, which must be new or empty; refuses a wrong identity before anything.

    `digest` is of the index as the server has it; a damaged pack is named in the report and
    the others are restored. `only` are the numbers of the packs that are asked for, all when left
    out. `resealed`: packs that were sealed anew, by what the index calls them.
    """
    identities = opening.read_identities(identity_file)
    _refuse_full(to)
    report = Report()
    with opened(index, identities, identity_file, digest) as wanted, _named_when_full(to):
        to.mkdir(parents=True, exist_ok=True)
        for number, expected in enumerate(wanted.head.packs, start=1):
            if only is not None and number not in only:
                continue
            job = _PackJob(number, resealed.get(expected, expected), wanted, to, report)
            _restore_pack(job, packs, identities, identity_file)
        for path, reason in wanted.never_stored() if only is None else ():
            report.never_stored.append(Problem(paths.text_of(path), reason))
    return report


@contextmanager
def _named_when_full(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise named(error, to) from None


def _refuse_full(to: Path) -> None:
    if to.is_symlink() or (to.exists() and not _is_empty(to)):
        raise TargetNotEmpty(path=str(to))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


@dataclass(frozen=True)
class _PackJob:
    number: int
    digest: str
    wanted: Wanted
    to: Path
    report: Report

    def lacks(self, path: bytes, reason: str) -> None:
        self.wanted.settled(path)
        self.report.lacks(path, reason)


def _restore_pack(
    job: _PackJob, packs: OpenPack, identities: Sequence[Any], identity_file: Path
) -> None:
    with tempfile.TemporaryDirectory(dir=job.to, prefix=".workfleet-restore-") as folder:
        sealed, plain = Path(folder) / "sealed", Path(folder) / "plain"
        try:
            with _known_refusals(), packs(job.number) as chunks:
                opening.fetch(chunks, sealed, job.digest)
            opening.unlock(sealed, plain, identities, identity_file)
            sealed.unlink()
            with opening.damage_named():
                for name, content in opening.members(plain):
                    _take(job, name, content, Path(folder) / "part")
        except PackDamaged as damage:
            job.report.damaged_packs[job.number] = str(damage)
    _name_the_lost(job)


@contextmanager
def _known_refusals() -> Iterator[None]:
    """Take a pack that the server has lost, or knows to be damaged, for a damaged one."""
    try:
        yield
    except Refused as refusal:
        if refusal.kind not in {"not_found", "conflict"}:
            raise
        raise PackDamaged(refusal.code) from None


def _name_the_lost(job: _PackJob) -> None:
    damage = job.report.damaged_packs.get(job.number)
    reason = f"pack {job.number}: {damage}" if damage else NOT_IN_PACK
    for path in job.wanted.not_found(job.number):
        job.report.lacks(path, reason)


def _take(job: _PackJob, name: bytes, content: IO[bytes] | None, part: Path) -> None:
    """Put one entry at its place, if the index wants it from here and its hash is right."""
    expected = job.wanted.in_pack(name, job.number)
    if expected is None:
        return  # an older copy of a file that was read again for a later pack
    refusal = names.problem(name) or (NOT_A_FILE if content is None else None)
    if refusal or content is None:
        job.lacks(name, refusal or NOT_A_FILE)
        return
    sha256, size = _copy(content, part)
    if sha256 != expected[0]:
        job.lacks(name, DIFFERS)
    elif _place(job, name, part, expected[1]):
        job.wanted.settled(name)
        job.report.files += 1
        job.report.size += size
    else:
        job.lacks(name, names.IMPOSSIBLE)


def _copy(content: IO[bytes], part: Path) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    with part.open("wb") as file:
        while chunk := content.read(READ):
            sha256.update(chunk)
            file.write(chunk)
            size += len(chunk)
    return sha256.hexdigest(), size


def _place(job: _PackJob, name: bytes, part: Path, mtime: float) -> bool:
    """Move the checked file to its place; False where this system cannot hold such a name."""
    target = names.target(job.to, name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.utime(part, (mtime, mtime))
        if os.path.lexists(target):  # two names that are one here, by case
            return False
        part.rename(target)
    except (OSError, ValueError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        return False
    return True
