"""What lies in a phone's storage: each path with its size and time, in one stream, any name."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import sha256
from math import isfinite
from tempfile import SpooledTemporaryFile
from typing import IO

from agents.phone.phone import Phone, ShellStream, quoted

LIST_SECONDS, LIST_SILENCE = 3600.0, 900.0  # nothing is said before everything was found


class Kind(StrEnum):
    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """`path` is absolute and in bytes, as the phone has it; `mtime` in seconds since 1970."""

    path: bytes
    size: int
    mtime: float
    kind: Kind = Kind.FILE


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be listed, read or hashed; `path` is None where none was named."""

    path: bytes | None
    reason: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What this phone's own tools can do; asked, since version numbers are the vendors' to give."""

    prints: bool  # find -printf, from toybox 0.8.1, into sort -z
    hasher: str | None  # sha256sum from Android 8, md5sum and sha1sum before


Understood = Callable[[Iterable[bytes]], Iterator[Entry | Problem]]

TOOLS = """\
(set -o pipefail; find / -maxdepth 0 -type d -printf 'd %s %T@ %p\\0' | sort -z) 2>/dev/null; echo
for tool in sha256sum sha1sum md5sum; do
  if command -v $tool >/dev/null 2>&1; then echo $tool; break; fi
done
"""
PIECE, IN_MEMORY = 256 * 1024, 1 << 20  # bytes of a listing
LONGEST_RECORD = 64 * 1024  # a path has at most 4096 bytes
LARGEST = 2**63 - 1  # a file system counts no further
PRINTED = re.compile(rb"d \d+ -?\d+(\.\d+)? /\0")
END = b"/dev/null"  # the last root: where it is listed, find has gone through all of them
# The end is the last letter: so it stays the last record when they are sorted.
KINDS = {
    b"f": Kind.FILE, b"d": Kind.DIRECTORY, b"l": Kind.LINK, b"o": Kind.OTHER, b"z": Kind.OTHER,
}  # fmt: skip
RECORD = r"%s %T@ %p\0"
NAMED = {
    b"regular file": Kind.FILE,
    b"regular empty file": Kind.FILE,
    b"directory": Kind.DIRECTORY,
    b"symbolic link": Kind.LINK,
}
FORMATS = " -o ".join(
    rf"{test} -printf '{letter} {RECORD}'"
    for test, letter in (("-type f", "f"), ("-type d", "d"), ("-type l", "l"), ("-true", "o"))
)


def tools(phone: Phone) -> Tools:
    answer = phone.script(TOOLS)
    words = answer.text.split()
    hasher = words[-1] if words and words[-1].endswith("sum") else None
    return Tools(prints=PRINTED.match(answer.stdout) is not None, hasher=hasher)


def listing(
    phone: Phone,
    roots: Sequence[str],
    excludes: Sequence[str] = (),
    *,
    known: Tools | None = None,
) -> Iterator[Entry | Problem]:
    """Give everything below `roots`, then what could not be listed.

    `excludes` are shell patterns over whole paths; what fits is not descended into. Directories
    are entries too. A stream that is cut off raises PhoneUnreachable: a listing that ended without
    an exception is whole, but for its problems.
    """
    text, understood = _asked(roots, excludes, known or tools(phone))
    with phone.stream(text, deadline=LIST_SECONDS, idle=LIST_SILENCE) as stream:
        yield from _to_the_end(understood(stream))
        yield from problems(stream)


@dataclass(frozen=True)
class Listing:
    """A listing that is here as a whole; two with the same digest say the same.

    Most of the work is understanding one, which the second of two that are the same need not be.
    """

    digest: bytes
    _said: IO[bytes]
    _understood: Understood
    _problems: Sequence[Problem]

    def __iter__(self) -> Iterator[Entry | Problem]:
        self._said.seek(0)
        yield from _to_the_end(self._understood(iter(partial(self._said.read, PIECE), b"")))
        yield from self._problems


@contextmanager
def taken(
    phone: Phone, roots: Sequence[str], excludes: Sequence[str], *, known: Tools
) -> Iterator[Listing]:
    """Give everything below `roots` as `listing` does, once all of it is here."""
    text, understood = _asked(roots, excludes, known)
    digest = sha256()
    with SpooledTemporaryFile(IN_MEMORY) as said:
        with phone.stream(text, deadline=LIST_SECONDS, idle=LIST_SILENCE) as stream:
            for chunk in stream:
                digest.update(chunk)
                said.write(chunk)
            trouble = list(problems(stream))
        digest.update(repr(trouble).encode())
        yield Listing(digest.digest(), said, understood, trouble)


def _asked(roots: Sequence[str], excludes: Sequence[str], known: Tools) -> tuple[str, Understood]:
    if known.prints:
        return _with_printf(roots, excludes), _printed
    mark = secrets.token_hex(16)
    return _with_stat(roots, excludes, mark), partial(_statted, mark=mark)


def _to_the_end(found: Iterator[Entry | Problem]) -> Iterator[Entry | Problem]:
    """Pass on what is found, and say so when it stops before the last root.

    A shell may report that all is well though its tool was killed.
    """
    ended = False
    for one in found:
        if isinstance(one, Entry) and one.path == END:
            ended = True
        else:
            yield one
    if not ended:
        yield Problem(None, "the listing has no end")


def problems(stream: ShellStream) -> Iterator[Problem]:
    """Give what a stream that has ended complained about; never silent when its status is bad."""
    named = list(complaints(stream.stderr))
    yield from named
    if stream.lost_stderr:
        yield Problem(None, f"{stream.lost_stderr} bytes of further complaints")
    if stream.status and (not named or stream.status > SIGNAL):
        yield Problem(None, f"ended with status {stream.status} and said no reason")


SIGNAL = 128  # a status above it: the tool was killed, whatever it had said before
# `find: ./a: Permission denied`, `tar: can't open './a': …`, `stat: 'a': …`: versions differ.
COMPLAINT = re.compile(
    rb"^[\w/.-]+: (?:can't (?:open|stat) |cannot open )?"
    rb"(?P<quote>['\"]?)(?P<path>.+)(?P=quote): (?P<reason>[A-Z][^:]*)$"
)


def complaints(stderr: bytes) -> Iterator[Problem]:
    for line in stderr.splitlines():
        if found := COMPLAINT.match(line):
            yield Problem(found["path"], found["reason"].decode(errors="replace").strip())
        elif line.strip() and line != b"tar: had errors":
            yield Problem(None, line.decode(errors="replace").strip())


def _find(roots: Sequence[str], excludes: Sequence[str], end: str) -> str:
    # -H: /sdcard itself is a link; the links below are listed and not followed.
    paths, last = quoted(roots), END.decode()
    pruned = "".join(f"-path {quoted((pattern,))} -prune -o " for pattern in excludes)
    return f"find -H {paths} {last} -path {last} {end} -o {pruned}"


def _with_printf(roots: Sequence[str], excludes: Sequence[str]) -> str:
    # find writes every word of a format by itself, each a packet; sort writes them in large pieces.
    found = _find(roots, excludes, rf"-printf 'z {RECORD}'")
    return rf"set -o pipefail; {found}\( {FORMATS} \) | sort -z"


def _with_stat(roots: Sequence[str], excludes: Sequence[str], mark: str) -> str:
    # Each record begins with a word that no name can contain, so that a name may contain anything.
    record = f"{mark} %s %Y %F|%n"
    return _find(roots, excludes, "-print0") + f"-print0 | xargs -0 stat -c '{record}'"


def _printed(stream: Iterable[bytes]) -> Iterator[Entry | Problem]:
    rest = b""
    for chunk in stream:
        *records, rest = (rest + chunk).split(b"\0")
        yield from map(_print_record, records)
        if len(rest) > LONGEST_RECORD:
            yield _not_understood(rest)
            rest = b""
    if rest:
        yield _print_record(rest)


def _print_record(record: bytes) -> Entry | Problem:
    try:
        letter, size, mtime, path = record.split(b" ", 3)
        return _entry(path, size, mtime, KINDS[letter])
    except (ValueError, KeyError):
        return _not_understood(record)


def _statted(stream: Iterable[bytes], mark: str) -> Iterator[Entry | Problem]:
    beginning = mark.encode() + b" "
    rest = b""
    for chunk in stream:
        _, *records = (b"\n" + rest + chunk).split(b"\n" + beginning)
        if records:
            yield from map(_stat_record, records[:-1])
            rest = beginning + records[-1]
        else:
            rest += chunk
        if len(rest) > LONGEST_RECORD:
            yield _not_understood(rest)
            rest = b""
    if rest:
        yield _stat_record(rest.removeprefix(beginning).removesuffix(b"\n"))


def _stat_record(record: bytes) -> Entry | Problem:
    try:
        about, _, path = record.partition(b"|")
        size, mtime, kind = about.split(b" ", 2)
        return _entry(path, size, mtime, NAMED.get(kind, Kind.OTHER))
    except ValueError:
        return _not_understood(record)


def _entry(path: bytes, size: bytes, mtime: bytes, kind: Kind) -> Entry:
    """Return an entry, or ValueError where a number is none that a file can have."""
    entry = Entry(_tidy(path), int(size), float(mtime), kind)
    if not 0 <= entry.size <= LARGEST or not isfinite(entry.mtime) or not path:
        raise ValueError("no size, no time or no path")
    return entry


def _not_understood(record: bytes) -> Problem:
    return Problem(None, f"not understood in the listing: {record[:200]!r}")


def _tidy(path: bytes) -> bytes:
    """Return `path` as everybody else writes it: a root given with a slash prints it twice."""
    return path.replace(b"//", b"/")
