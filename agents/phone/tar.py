"""A strict reader of the archives that a phone's tar writes: it believes nothing it cannot check.

toybox up to 0.8.0 writes a header without data for a file it cannot open, so that everything
after it is shifted; 0.8.1 to 0.8.4 write wrong sizes from 8 GiB on. Other readers pass over both
without a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zlib import adler32

BLOCK = 512
EMPTY = bytes(BLOCK)
END = bytes(2 * BLOCK)
FILE_KINDS = (b"0", b"\0", b"7")
LONG_NAME, LONG_LINK, EXTENDED, GLOBAL = b"L", b"K", b"x", b"g"
OCTAL = re.compile(rb"[\0 ]*([0-7]*)[\0 ]*")
DIGITS = 20  # a size of 64 bits has no more
WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")


class Unsound(ValueError):
    """The archive stops making sense here."""


class Member(NamedTuple):
    name: bytes
    data: memoryview


@dataclass(frozen=True)
class Archive:
    """The files read; `unsound` says why the reading stopped before a proper end, if it did.

    The last member before the trouble is left out: shifted data looks like a file first, and like
    no header only after it.
    """

    members: tuple[Member, ...]
    unsound: str | None


def parse(archive: bytes | bytearray) -> Archive:
    members: list[Member] = []
    try:
        for member in _members(memoryview(archive)):
            members.append(member)  # noqa: PERF402 — what came before an Unsound is kept
    except Unsound as why:
        return Archive(tuple(members[:-1]), str(why))
    return Archive(tuple(members), None)


def _members(view: memoryview) -> Iterator[Member]:
    at, long_name = 0, None
    while (head := bytes(view[at : at + BLOCK])) != EMPTY or view[at : at + 2 * BLOCK] != END:
        _check(head, at)
        kind, size = head[156:157], _size(head, long_name)
        data, at = _data(view, at + BLOCK, 0 if kind in WITHOUT_DATA else size)
        if kind == LONG_NAME:
            long_name = {b"path": bytes(data).rstrip(b"\0")}
        elif kind == EXTENDED:
            long_name = {**(long_name or {}), **_records(bytes(data))}
        elif kind not in (LONG_LINK, GLOBAL):
            if kind in FILE_KINDS:
                yield Member(_name(head, long_name), data)
            long_name = None
    if bytes(view[at:]).strip(b"\0"):
        raise Unsound("something follows the end of the archive")


def _check(head: bytes, at: int) -> None:
    if len(head) < BLOCK:
        raise Unsound("the archive has no end")
    if head[257:262] != b"ustar":
        raise Unsound(f"no header at byte {at}")
    expected = _sum(head) - sum(head[148:156]) + 8 * ord(" ")
    if _octal(head[148:156]) != expected:
        raise Unsound(f"the header at byte {at} has a wrong checksum")


def _sum(head: bytes) -> int:
    """Add up a block's bytes, ten times as fast as `sum`: half of them stay below its modulus."""
    half = BLOCK // 2
    return (adler32(head[:half]) & 0xFFFF) + (adler32(head[half:]) & 0xFFFF) - 2


def _data(view: memoryview, start: int, size: int) -> tuple[memoryview, int]:
    end = start + size
    following = start + -(-size // BLOCK) * BLOCK
    if following > len(view):
        raise Unsound("a file is longer than the archive")
    return view[start:end], following


def _size(head: bytes, extended: dict[bytes, bytes] | None) -> int:
    if extended and b"size" in extended:
        return _decimal(extended[b"size"])
    field_ = head[124:136]
    if field_[0] & 0x80:  # from 8 GiB on: a number of 95 bits, high byte first
        return int.from_bytes(bytes((field_[0] & 0x7F,)) + field_[1:], "big")
    return _octal(field_)


def _name(head: bytes, extended: dict[bytes, bytes] | None) -> bytes:
    if extended and b"path" in extended:
        return extended[b"path"]
    name, _, _ = head[:100].partition(b"\0")
    # GNU's format, which toybox writes, uses the place of the prefix for other things.
    prefix = b"" if head[257:265] == b"ustar  \0" else head[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def _records(data: bytes) -> dict[bytes, bytes]:
    """Read PAX records: a length in decimal, a blank, key=value, a line end."""
    found, at = {}, 0
    while at < len(data.rstrip(b"\0")):
        length = _decimal(data[at : data.find(b" ", at)])
        record = data[at : at + length]
        if not length or not record.endswith(b"\n"):
            raise Unsound("a damaged extended header")
        key, _, value = record[record.index(b" ") + 1 : -1].partition(b"=")
        found[key] = value
        at += length
    return found


def _octal(digits: bytes) -> int:
    # Nothing but digits: a sign in front would lead the reader backwards, round and round.
    found = OCTAL.fullmatch(digits)
    if found is None:
        raise Unsound("a number in a header is none")
    return int(found[1] or b"0", 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > DIGITS:
        raise Unsound("a number in an extended header is none")
    return int(digits)
