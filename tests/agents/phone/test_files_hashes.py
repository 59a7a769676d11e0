"""Hashes that the phone itself computes, matched to their paths."""

import hashlib

import pytest

from agents.phone.fake import FakePhone
from agents.phone.files import (
    Digest,
    Entry,
    Problem,
    Tools,
    hashes,
)
from agents.phone.phone import Answer
from tests.recordings import SAMPLES, recorded

PRINTS = Tools(prints=True, hasher="sha256sum")


def hashed(*named: tuple[bytes, bytes], errors: bytes = b"") -> FakePhone:
    lines = b"".join(
        hashlib.sha256(content).hexdigest().encode() + b"  " + path + b"\n"
        for path, content in named
    )
    return FakePhone({"sha256sum": Answer(lines, errors, 123 if errors else 0)}, chunk=11)


def test_hashes_are_matched_to_the_very_path_that_stands_beside_them() -> None:
    odd, plain = Entry(b"/s/new\nline", 1, 0), Entry(b"/s/plain", 1, 0)
    locked = Entry(b"/s/locked", 1, 0)
    errors = b"sha256sum: /s/locked: Permission denied\n"
    phone = hashed((odd.path, b"x"), (plain.path, b"y"), errors=errors)

    got = dict(hashes(phone, [odd, locked, plain], known=PRINTS))

    assert got[odd] == Digest("sha256", hashlib.sha256(b"x").hexdigest())
    assert got[plain] == Digest("sha256", hashlib.sha256(b"y").hexdigest())
    assert got[locked] == Problem(b"/s/locked", "Permission denied")
    assert phone.stdins == [b"/s/new\nline\0/s/locked\0/s/plain\0"]


def test_a_missing_hash_without_a_word_is_a_problem() -> None:
    one = Entry(b"/s/a", 1, 0)

    ((_, problem),) = hashes(hashed(), [one], known=PRINTS)

    assert isinstance(problem, Problem)


def test_a_weaker_hash_is_named() -> None:
    line = hashlib.md5(b"x", usedforsecurity=False).hexdigest().encode() + b"  /s/a\n"
    phone = FakePhone({"md5sum": Answer(line)})

    ((_, digest),) = hashes(phone, [Entry(b"/s/a", 1, 0)], known=Tools(False, "md5sum"))  # noqa: FBT003

    assert isinstance(digest, Digest)
    assert digest.algorithm == "md5"


def test_a_phone_without_any_hash_tool_gives_problems() -> None:
    known = Tools(prints=True, hasher=None)

    ((_, problem),) = hashes(FakePhone(), [Entry(b"/s/a", 1, 0)], known=known)

    assert isinstance(problem, Problem)


@recorded
@pytest.mark.parametrize("release", ["0.8.6", "0.8.11"])
def test_recorded_hash_lines_are_matched(release: str) -> None:
    text = (SAMPLES / "toybox_built" / f"sha256sum_toybox-{release}.txt").read_bytes()
    lines = b"".join(
        one.replace(b"  ", b"  /", 1) for one in text.splitlines(keepends=True)
        if not one.startswith((b"sha256sum:", b"rc="))
    )  # fmt: skip
    names = (b"/plain.txt", b"/nosuch", b"/new\nline.txt", b"/bad\xff\xfename.txt")
    phone = FakePhone({"sha256sum": Answer(lines, b"sha256sum: /nosuch: No such file\n", 1)})

    got = dict(hashes(phone, [Entry(name, 1, 0) for name in names], known=PRINTS))

    digests = [isinstance(got[Entry(name, 1, 0)], Digest) for name in names]
    assert digests == [True, False, True, True]
