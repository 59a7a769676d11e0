"""A restore: the packs that are needed, one by one, and every file of them compared.

Nothing is restored silently: a file is in the target only when its hash is the index's, and
whatever is not there is in the report with the reason.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from agents.station.backup import names, opening
from agents.station.backup.errors import IdentityDoesNotOpen
from agents.station.backup.opening import PackDamaged
from agents.station.backup.reading_index import Expected, Wanted
from agents.station.backup.restoring.fetching import fetch
from agents.station.backup.restoring.origins import Origin, SealedPack
from agents.station.backup.restoring.report import (
    DIFFERS,
    NOT_A_FILE,
    NOT_IN_PACK,
    OTHER_KEYS,
    Done,
    Line,
    Outcome,
    Problem,
    Report,
)
from agents.station.backup.restoring.targets import Target
from agents.station.disk import full_disk_named
from fleet.contracts import paths
from fleet.contracts.paths import blinded
from fleet.contracts.restores import Contents

READ = 1024 * 1024
# A pack may hold an older copy of a file that was read again; nothing else may be in it.
UNASKED = 64 << 30
HEADERS = 64 * 1024  # bytes of an archive beside a file's content, the longest name included


class Bar(Protocol):
    """Hears how far it is: bytes of packs that came, and of files that are in their places."""

    def begins(self, total: int, packs: int, files: int) -> None: ...

    def at_pack(self, place: int) -> None: ...

    def moved(self, size: int) -> None: ...


class NoBar:
    def begins(self, total: int, packs: int, files: int) -> None: ...

    def at_pack(self, place: int) -> None: ...

    def moved(self, size: int) -> None: ...


@dataclass
class Restoring:
    """One restore from an origin to a target, of what is asked for in an opened index."""

    origin: Origin
    identities: Sequence[Any] = field(repr=False)
    identity_file: Path
    wanted: Wanted
    target: Target
    bar: Bar = field(default_factory=NoBar)
    tell: Callable[[Line], None] = lambda _line: None  # hears of every file what became of it
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        names_key = self.wanted.head.names
        self._names = bytes.fromhex(names_key) if names_key else None
        self._contents = Contents()

    @property
    def contents(self) -> str | None:
        """Return a digest of all that came back equal; None where nothing blinds its names."""
        return self._contents.digest if self._names else None

    def run(self) -> Report:
        self._settle(self.target.there(self.wanted.all_asked()), kept=True)
        self._fetch_packs()
        self.report.never_stored = _problems(self.wanted.never_stored())
        self.report.doubtful = _problems(self.wanted.doubtful())
        self.target.finish(whole=self.report.whole)
        return self.report

    def _fetch_packs(self) -> None:
        asked = self.wanted.asked()
        sizes = sum(self._size(number) for number in asked.packs)
        self.bar.begins(asked.size + sizes, len(asked.packs), asked.files)
        for place, number in enumerate(asked.packs, start=1):
            self.bar.at_pack(place)
            self._pack(number)

    def _size(self, number: int) -> int:
        try:
            return self._sealed(number).size or 0
        except PackDamaged:
            return 0

    def _sealed(self, number: int) -> SealedPack:
        return self.origin.pack(number, self.wanted.head.packs[number - 1])

    def _pack(self, number: int) -> None:
        sealed = self.target.spool / f"pack-{number}.age"
        plain, part = self.target.spool / "plain", self.target.spool / "part"
        try:
            with full_disk_named(part):
                fetch(self._sealed(number), sealed, self.bar.moved)
                self._unlock(sealed, plain)
                sealed.unlink()
                self._take_all(number, plain, part)
        except PackDamaged as damage:
            self.report.damaged_packs[number] = str(damage)
        finally:
            plain.unlink(missing_ok=True)
            part.unlink(missing_ok=True)
        self._settle(self.target.flush())
        self._name_the_lost(number)

    def _take_all(self, number: int, plain: Path, part: Path) -> None:
        with opening.damage_named():
            for name, content in opening.members(plain, self._most(number)):
                self._take(number, name, content, part)
            self._settle(self.target.flush())
            self._take_moved(number, plain, part)

    def _unlock(self, sealed: Path, plain: Path) -> None:
        """Open a pack; one that other keys open, where the index was ours to open, is named."""
        try:
            opening.unlock(sealed, plain, self.identities, self.identity_file)
        except IdentityDoesNotOpen:
            if self._names is None:  # an index of old opens to anybody: nothing was opened yet
                raise
            raise PackDamaged(OTHER_KEYS) from None

    def _most(self, number: int) -> int:
        return self.wanted.bytes_in(number) + UNASKED + self.wanted.head.listed * HEADERS

    def _take(self, number: int, name: bytes, content: IO[bytes] | None, part: Path) -> None:
        """Put one entry at its place, if the index wants it from here and its hash is right."""
        expected = self.wanted.in_pack(name, number)
        if expected is None:
            return  # an older copy of a file that was read again, or one nobody asked for
        if refusal := _refusal(name, content):
            self._lacks(name, refusal)
        elif content is None or _copied(content, part, expected.size) != expected.sha256:
            self._lacks(name, DIFFERS)
        else:
            self._settle(self.target.put(name, expected, part))

    def _take_moved(self, number: int, plain: Path, part: Path) -> None:
        """Find what is in the pack under an earlier name: the phone moved it since."""
        lacking = self.wanted.by_content(number)
        if not lacking:
            return
        longest = max(one.size for some in lacking.values() for _path, one in some)
        for _name, content in opening.members(plain, self._most(number)):
            sha256 = None if content is None else _copied(content, part, longest)
            for path, expected in lacking.pop(sha256 or "", ()):
                self._put_copy(path, expected, part)

    def _put_copy(self, path: bytes, expected: Expected, part: Path) -> None:
        if names.problem(path) == names.ESCAPES:
            self._lacks(path, names.ESCAPES)
            return
        copy = part.with_name("copy")
        shutil.copyfile(part, copy)
        self._settle(self.target.put(path, expected, copy))
        copy.unlink(missing_ok=True)

    def _settle(self, done: Iterable[Done], *, kept: bool = False) -> None:
        for one in done:
            if one.problem is not None:
                self._lacks(one.path, one.problem)
                continue
            self._good(one, Outcome.KEPT if kept else Outcome.RESTORED)
            self.report.kept += kept

    def _good(self, one: Done, outcome: Outcome) -> None:
        sha256, size = self.wanted.settled(one.path)
        if self._names:
            self._contents.add(blinded(self._names, one.path), sha256, size)
        self.report.has(one, size)
        self.bar.moved(size)
        text = paths.text_of(one.path)
        self.tell(Line(text, outcome, size, sha256, one.place, one.reason, one.untimed))

    def _lacks(self, path: bytes, reason: str) -> None:
        sha256, size = self.wanted.settled(path)
        self.bar.moved(size)
        self.report.lacks(path, reason)
        self.tell(Line(paths.text_of(path), Outcome.NOT_RESTORED, size, sha256, None, reason))

    def _name_the_lost(self, number: int) -> None:
        damage = self.report.damaged_packs.get(number)
        for path in self.wanted.not_found(number):
            self._lacks(path, f"pack {number}: {damage}" if damage else NOT_IN_PACK)


def _refusal(name: bytes, content: IO[bytes] | None) -> str | None:
    if content is None:
        return NOT_A_FILE
    refusal = names.problem(name)
    return refusal if refusal == names.ESCAPES else None


def _copied(content: IO[bytes], part: Path, size: int) -> str:
    """Write what the index says the file is long, and one byte more where there is one."""
    sha256, left = hashlib.sha256(), size + 1
    with part.open("wb") as file:
        while chunk := content.read(min(READ, left)):
            sha256.update(chunk)
            file.write(chunk)
            left -= len(chunk)
    return sha256.hexdigest()


def _problems(rows: Iterable[tuple[bytes, str]]) -> list[Problem]:
    return [Problem(paths.text_of(path), reason) for path, reason in rows]
