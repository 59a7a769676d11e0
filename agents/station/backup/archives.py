"""Whether a finished archive of chats lies on the phone: shown by itself, never guessed.

All of it is demanded: the descriptor of the maker, every file of the folder as large and as old at
the end of the backup as at its beginning, and an end that shows that nothing lacks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import translate

from agents.phone.phone import Phone, quoted
from agents.station.backup.progress import Item
from agents.station.backup.sources import Sources
from fleet.contracts.clock import now
from fleet.contracts.plans import (
    OWN,
    Archive,
    ArchiveSeen,
    Ending,
    Source,
    SourceKind,
    SourceLine,
    SourceState,
)
from fleet.contracts.spelling import absolute, parents, placed

NO_PLACE = "no_place"  # the plan names none
NO_ARCHIVE = "no_archive"
DESCRIPTOR_UNKNOWN = "descriptor_unknown"
NO_DESCRIPTOR = "no_descriptor"
GROWING = "growing"
CUT_OFF = "cut_off"

LATEST = 253402300799.0  # the end of the year 9999: a phone may say any time
BLOCK = 512
HEAD, TAIL = 4096, 64 * 1024 + 22  # a zip ends with its directory's end and a comment
MAKERS_LINES, ANDROID_LINES = 5, 4
MIUI, ANDROID = b"MIUI BACKUP\n", b"ANDROID BACKUP\n"
PLAIN = [b"0", b"none"]  # neither compressed nor encrypted
MAGIC, MAGIC_AT = b"ustar", 257
ZIP_END, ZIP_END_SIZE = b"PK\x05\x06", 22

Look = dict[bytes, tuple[int, float]]  # size and time by written path


@dataclass
class Archives:
    """Keeps what lies below the places of attested sources, as each listing shows it."""

    asked: Sequence[Source]
    clock: float | None  # of the phone, when `begun`
    looks: list[Look] = field(default_factory=list)
    begun: float = field(default_factory=lambda: now().timestamp())

    def __post_init__(self) -> None:
        attested = [one for one in self.asked if one.kind is SourceKind.ATTESTED]
        self.sources = [(one, one.archive) for one in attested if one.archive is not None]
        self._places = {place.lower().encode() for one in attested for place in one.places}

    def begin(self) -> None:
        self.looks = [*self.looks[:1], {}]

    def note(self, item: Item) -> None:
        space, rest = placed(item.path)
        if self._places and space == OWN and self._is_inside(rest.lower()):
            self.looks[-1][item.path] = item.size, item.mtime

    def _is_inside(self, path: bytes) -> bool:
        return any(one in self._places for one in parents(path))

    def look(self, phone: Phone, sources: Sources) -> None:
        """Say of each attested source whether its archive is there; its files then belong to it."""
        for source, archive in self.sources:
            line = self._line(phone, source, archive, sources)
            sources.said_beside.append(line)

    def _line(self, phone: Phone, source: Source, archive: Archive, sources: Sources) -> SourceLine:
        path = self._newest(source, archive)
        if path is None:
            reason = NO_ARCHIVE if source.places else NO_PLACE
            return SourceLine(source=source.id, state=SourceState.ABSENT, reason=reason)
        if unfinished := self._unfinished(phone, path, archive):
            return SourceLine(source=source.id, state=SourceState.ABSENT, reason=unfinished)
        sources.belongs(path.rpartition(b"/")[0], source.id)
        seen = self._seen(path)
        return SourceLine(source=source.id, state=SourceState.TAKEN, archive=seen)

    def _newest(self, source: Source, archive: Archive) -> bytes | None:
        fits = _matcher(archive.content)
        places = {place.lower().encode() for place in source.places}
        found = (
            path
            for path in self.looks[-1]
            if fits.match(_name(path)) and not places.isdisjoint(parents(path.lower()))
        )
        return max(found, key=lambda path: (self.looks[-1][path][1], path), default=None)

    def _unfinished(self, phone: Phone, path: bytes, archive: Archive) -> str | None:
        if archive.descriptor is None:
            return DESCRIPTOR_UNKNOWN
        folder = path.rpartition(b"/")[0]
        fits = _matcher(archive.descriptor)
        beside = [one for one in self._below(folder) if one.rpartition(b"/")[0] == folder]
        if not any(fits.match(_name(one)) for one in beside):
            return NO_DESCRIPTOR
        if _part(self.looks[0], folder) != _part(self.looks[-1], folder):
            return GROWING
        return None if _ends_well(phone, path, self.looks[-1][path][0], archive) else CUT_OFF

    def _below(self, folder: bytes) -> Iterable[bytes]:
        return _part(self.looks[-1], folder)

    def _seen(self, path: bytes) -> ArchiveSeen:
        """Say when it was made by our clock: the phone's may be wrong."""
        files = _part(self.looks[-1], path.rpartition(b"/")[0])
        ahead = (self.clock or self.begun) - self.begun
        made_at = _moment(self.looks[-1][path][1] - ahead)
        size = sum(size for size, _mtime in files.values())
        return ArchiveSeen(made_at=made_at, bytes=size, files=len(files))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0.0), LATEST), UTC)


def _part(look: Look, folder: bytes) -> Look:
    return {path: seen for path, seen in look.items() if path.startswith(folder + b"/")}


def _name(path: bytes) -> str:
    return path.rpartition(b"/")[2].decode(errors="replace").lower()


def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.lower()))


def _ends_well(phone: Phone, path: bytes, size: int, archive: Archive) -> bool:
    file = quoted(((absolute(path) or b"").decode(errors="surrogateescape"),))
    head = phone.script(f"head -c {HEAD} {file}").stdout
    tail = phone.script(f"tail -c {TAIL} {file}").stdout
    whole = is_whole_zip if archive.ending is Ending.ZIP else is_whole_tar
    return whole(head, tail, size)


def is_whole_tar(head: bytes, tail: bytes, size: int) -> bool:
    """Tell whether it begins as an archive and ends with two empty blocks, at a block's border.

    One that is compressed or encrypted shows no end, and is no whole one to us.
    """
    begins = _tar_begins(head)
    if begins is None or head[begins + MAGIC_AT :][: len(MAGIC)] != MAGIC:
        return False
    return (size - begins) % BLOCK == 0 and tail[-2 * BLOCK :] == bytes(2 * BLOCK)


def _tar_begins(head: bytes) -> int | None:
    lines = MAKERS_LINES if head.startswith(MIUI) else 0
    begins = _after_lines(head, 0, lines)
    if head[begins:].startswith(ANDROID):
        after = _after_lines(head, begins, ANDROID_LINES)
        if head[begins:after].split(b"\n")[2:4] != PLAIN:
            return None
        return after
    return begins if not lines else None


def _after_lines(text: bytes, at: int, count: int) -> int:
    for _line in range(count):
        at = text.find(b"\n", at) + 1
    return at


def is_whole_zip(head: bytes, tail: bytes, size: int) -> bool:
    """Tell whether its last record says where the directory is, and the directory ends there."""
    at = tail.rfind(ZIP_END)
    if not head.startswith(b"PK") or at < 0 or len(tail) < at + ZIP_END_SIZE:
        return False
    length, begins = (int.from_bytes(tail[at + n : at + n + 4], "little") for n in (12, 16))
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    place = size - len(tail) + at
    return length + begins == place and at + ZIP_END_SIZE + comment == len(tail)
