"""A phone's shared storage as target: nothing different is written over unless that was said.

A file goes to a folder of ours on the phone first; the phone hashes it there, moves it to its
place and hashes it once more: what has its own name is whole, whatever is pulled when.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from agents.phone import files
from agents.phone.errors import CommandFailed
from agents.phone.phone import Phone, Sync, quoted
from agents.station.backup import names, spaces
from agents.station.backup.errors import PhoneCannotHash, PhoneTooFull, StorageNotThere
from agents.station.backup.reading_index import Asked, Expected, pieces
from agents.station.backup.restoring.report import DIFFERS, TAKEN, Done
from agents.station.backup.restoring.targets import Wish
from fleet.contracts.plans import OWN
from fleet.contracts.spelling import STORAGE, placed

OUR_NAME: Final = b".workfleet-restore"
OURS: Final = STORAGE + OUR_NAME + b"/"
AT_ONCE, BYTES_AT_ONCE = 500, 64 << 20
ASKED_AT_ONCE = 2000
LONGEST_SCRIPT = 40_000  # bytes
SLOWEST = 500_000  # bytes per second that a phone must take at least
MOST_SECONDS = 2**32 - 1  # since 1970, as file transfer counts them
OTHER_SPACE = "other_space"  # of another user, or of a card: it may not be that of this phone
NO_FILE = "no_file_of_a_phone"  # what the phone answered, kept beside its files
NO_WORD = "the phone did not say what became of it"

# What is said to be outside has a link on its way that leads out of the phone's storage.
MOVE = """\
top=$(realpath /sdcard) || exit 1
put() {
  mkdir -p "$3" 2>/dev/null
  case "$(realpath "$3")/" in "$top"/*) ;; *) echo "$1 outside"; return;; esac
  if [ -e "$4" ] || [ -L "$4" ]; then
    if [ OVERWRITE = no ] || [ -L "$4" ] || [ ! -f "$4" ]; then echo "$1 taken"; return; fi
  fi
  why=$(mv -f "$2" "$4" 2>&1) && echo "$1 ok" || echo "$1 failed ${why##*: }"
}
"""
ANSWER = re.compile(r"^(\d+) (ok|taken|outside|failed)(?: (.*))?$", re.MULTILINE)


@dataclass(frozen=True)
class _Waiting:
    """A checked file on its way to the phone: `here` on this disk, `there` in a folder of ours."""

    path: bytes
    expected: Expected
    here: Path
    there: bytes
    final: bytes

    @property
    def mtime(self) -> int:
        return int(min(max(self.expected.mtime, 0), MOST_SECONDS))


@dataclass
class PhoneTarget:
    """Refuses a phone that cannot hash: nothing could be verified there."""

    phone: Phone
    spool: Path
    overwrite: bool
    _tools: files.Tools = field(init=False)
    _waiting: list[_Waiting] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        if not spaces.asked_of(self.phone).filled:
            raise StorageNotThere(serial=self.phone.serial)
        self._tools = files.tools(self.phone)
        if self._tools.hasher != "sha256sum":
            raise PhoneCannotHash(serial=self.phone.serial)
        self.phone.script(f"mkdir -p {OURS.decode()} && touch {OURS.decode()}.nomedia")

    def refuse_too_full(self, asked: Asked) -> None:
        said = self.phone.script("stat -f -c '%a %S' /sdcard").text.split()
        if len(said) != 2 or not all(word.isdigit() for word in said):
            return  # an old phone: it will say so file by file
        free = int(said[0]) * int(said[1])
        if asked.size + BYTES_AT_ONCE > free:
            raise PhoneTooFull(serial=self.phone.serial, needed=asked.size, free=free)

    def there(self, wishes: Iterable[Wish]) -> Iterator[Done]:
        """Tell what is on the phone already and equal, and what is in the way of something."""
        waiting = iter(wishes)
        while some := list(islice(waiting, ASKED_AT_ONCE)):
            yield from self._looked_for([wish for wish in some if _problem_of(wish[0]) is None])
            problems = ((path, _problem_of(path)) for path, _expected in some)
            yield from (Done(path, problem=why) for path, why in problems if why is not None)

    def _looked_for(self, wishes: Sequence[Wish]) -> Iterator[Done]:
        own = {_place(path): (path, expected.sha256) for path, expected in wishes}
        for place, sha256 in self._hashes([(_place(path), one) for path, one in wishes]):
            path, wanted = own[place]
            if sha256 == wanted:
                yield Done(path)
            elif sha256 is not None and not self.overwrite:
                yield Done(path, problem=TAKEN)

    def put(self, path: bytes, expected: Expected, part: Path) -> Iterator[Done]:
        if problem := _problem_of(path):
            yield Done(path, problem=problem)
            return
        self._number += 1
        here = self.spool / f"file-{self._number}"
        part.rename(here)
        there = OURS + b"%d" % self._number
        self._waiting.append(_Waiting(path, expected, here, there, _place(path)))
        size = sum(one.expected.size for one in self._waiting)
        if len(self._waiting) == AT_ONCE or size >= BYTES_AT_ONCE:
            yield from self.flush()

    def flush(self) -> Iterator[Done]:
        """Send what waits, have it hashed, moved and hashed again; yield what became of each."""
        waiting, self._waiting = self._waiting, []
        try:
            yield from self._bring(waiting)
        finally:
            for one in waiting:
                one.here.unlink(missing_ok=True)

    def finish(self, *, whole: bool) -> None:  # noqa: ARG002 — the phone itself says what is there
        self.phone.script(f"rm -rf {OURS.decode()}")

    def _bring(self, waiting: Sequence[_Waiting]) -> Iterator[Done]:
        for step in (self._sent, self._equal, self._moved, self._in_place):
            good: list[_Waiting] = []
            for one, problem in step(waiting):
                if problem is None:
                    good.append(one)
                else:
                    yield Done(one.path, problem=problem)
            waiting = good
        yield from self._timed(waiting)

    def _sent(self, waiting: Sequence[_Waiting]) -> Iterator[tuple[_Waiting, str | None]]:
        seconds = 600 + sum(one.expected.size for one in waiting) / SLOWEST
        with self.phone.sync(deadline=seconds) as sync:
            for one in waiting:
                problem = None
                try:
                    with one.here.open("rb") as file:
                        sync.send(one.there, pieces(file), mode=0o660, mtime=one.mtime)
                except CommandFailed as refusal:
                    problem = refusal.reason
                yield one, problem

    def _equal(self, waiting: Sequence[_Waiting]) -> Iterator[tuple[_Waiting, str | None]]:
        yield from self._compared(waiting, [one.there for one in waiting])

    def _in_place(self, waiting: Sequence[_Waiting]) -> Iterator[tuple[_Waiting, str | None]]:
        yield from self._compared(waiting, [one.final for one in waiting])

    def _compared(
        self, waiting: Sequence[_Waiting], places: Sequence[bytes]
    ) -> Iterator[tuple[_Waiting, str | None]]:
        asked = [(place, one.expected) for one, place in zip(waiting, places, strict=True)]
        found = dict(self._hashes(asked))
        for one, place in zip(waiting, places, strict=True):
            yield one, None if found[place] == one.expected.sha256 else DIFFERS

    def _moved(self, waiting: Sequence[_Waiting]) -> Iterator[tuple[_Waiting, str | None]]:
        said: dict[int, str | None] = {}
        for script in self._scripts(waiting):
            answer = self.phone.script(script, deadline=300.0)
            said |= {int(n): _problem(kind, why) for n, kind, why in ANSWER.findall(answer.text)}
        for number, one in enumerate(waiting):
            yield one, said.get(number, NO_WORD)

    def _scripts(self, waiting: Sequence[_Waiting]) -> Iterator[str]:
        beginning = MOVE.replace("OVERWRITE", "yes" if self.overwrite else "no")
        script = beginning
        for number, one in enumerate(waiting):
            words = [str(number).encode(), one.there, one.final.rpartition(b"/")[0], one.final]
            line = f"put {quoted(word.decode(errors='surrogateescape') for word in words)}\n"
            if len(script) + len(line) > LONGEST_SCRIPT:
                yield script
                script = beginning
            script += line
        if script != beginning:
            yield script

    def _timed(self, waiting: Sequence[_Waiting]) -> Iterator[Done]:
        """Yield the good ones, and of each whether the phone has kept its time."""
        with self.phone.sync() as sync:
            for one in waiting:
                yield Done(one.path, untimed=_mtime(sync, one.final) != one.mtime)

    def _hashes(
        self, places: Sequence[tuple[bytes, Expected]]
    ) -> Iterator[tuple[bytes, str | None]]:
        entries = [files.Entry(place, one.size, one.mtime) for place, one in places]
        for entry, answer in files.hashes(self.phone, entries, known=self._tools):
            yield entry.path, answer.hex if isinstance(answer, files.Digest) else None


def _problem_of(path: bytes) -> str | None:
    """Return why what is written so in a backup is not put on a phone."""
    space, rest = placed(path)
    if space is None:
        return NO_FILE
    if space != OWN:
        return OTHER_SPACE
    if rest.partition(b"/")[0].lower() == OUR_NAME:
        return TAKEN  # our own folder goes in the end, with everything in it
    return names.problem(rest, windows=False)


def _place(path: bytes) -> bytes:
    return STORAGE + placed(path)[1]


def _mtime(sync: Sync, path: bytes) -> int | None:
    """Return a file's time, None where file transfer does not tell: its paths are short."""
    try:
        return sync.lstat(path).mtime
    except CommandFailed:
        return None


def _problem(kind: str, why: str) -> str | None:
    match kind:
        case "ok":
            return None
        case "failed":
            return why or NO_WORD
        case _:
            return kind
