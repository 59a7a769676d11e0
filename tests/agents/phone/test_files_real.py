"""Every file of a real shell's storage is delivered equal or named, whatever its name is."""

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import CommandFailed, NoAnswer
from agents.phone.files import (
    LARGE,
    Digest,
    Entry,
    Kind,
    Problem,
    Tools,
    hashes,
    listing,
    read_large,
    tools,
)
from tests.agents.phone.reading import read_small
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset

ODD = {
    "微信图片 (1).jpg".encode(): b"picture",
    b"bad\xff\xfename.txt": b"not utf-8",
    b"new\nline.txt": b"two lines",
    b"quote'\"`$x` *.txt": b"quotes",
    b"-dash": b"dash",
    b" lead and trail ": b"blanks",
    b"empty": b"",
    b"n" * 250: b"long name",
}


@pytest.fixture
def handset(start_handset: StartHandset) -> Handset:
    return start_handset(seed=False)


def planted(handset: Handset) -> dict[bytes, bytes]:
    folder = os.fsencode(handset.storage_path / "odd")
    handset.put("odd/plain", b"plain")
    for name, content in ODD.items():
        path = Path(os.fsdecode(folder + b"/" + name))
        path.write_bytes(content)
        path.chmod(0o666)
    return {
        b"/sdcard/odd/" + name: content for name, content in (ODD | {b"plain": b"plain"}).items()
    }


def hidden(path: Path, content: bytes = b"") -> None:
    """Make a file, or without content a folder, that the phone's shell may not read."""
    if content:
        path.write_bytes(content)
    else:
        path.mkdir()
    os.chown(path, 0, 0) if os.geteuid() == 0 else None
    path.chmod(0)


@pytest.mark.parametrize("legacy", [False, True], ids=["shell_v2", "legacy"])
@pytest.mark.parametrize("prints", [True, False], ids=["printf", "stat"])
def test_every_odd_name_is_listed_read_and_hashed(
    adb_server: AdbServer, handset: Handset, *, legacy: bool, prints: bool
) -> None:
    expected = planted(handset)
    phone = AdbPhone(Adb(port=adb_server.port), handset.address, legacy=legacy)
    known = Tools(prints=prints, hasher=tools(phone).hasher)

    found = list(listing(phone, ["/sdcard/odd"], known=known))
    files = [one for one in found if isinstance(one, Entry) and one.kind is Kind.FILE]
    read = {entry.path: content for entry, content in read_small(phone, files)}
    digests = {entry.path: digest for entry, digest in hashes(phone, files, known=known)}

    assert not [one for one in found if isinstance(one, Problem)]
    assert {one.path: one.size for one in files} == {
        path: len(content) for path, content in expected.items()
    }
    assert read == expected
    assert digests == {
        path: Digest("sha256", hashlib.sha256(content).hexdigest())
        for path, content in expected.items()
    }


def test_what_the_shell_may_not_read_is_named_at_every_turn(
    adb_server: AdbServer, handset: Handset
) -> None:
    handset.put("odd/plain", b"plain")
    hidden(handset.storage_path / "odd" / "locked", b"x" * 700)
    hidden(handset.storage_path / "odd" / "folder")
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    found = list(listing(phone, ["/sdcard/odd", "/sdcard/nowhere"]))
    files = [one for one in found if isinstance(one, Entry) and one.kind is Kind.FILE]
    read = {entry.path: content for entry, content in read_small(phone, files)}
    digests = {entry.path: digest for entry, digest in hashes(phone, files)}

    denied = Problem(b"/sdcard/odd/locked", "Permission denied")
    assert [one for one in found if isinstance(one, Problem)] == [
        Problem(b"/sdcard/odd/folder", "Permission denied"),
        Problem(b"/sdcard/nowhere", "No such file or directory"),
    ]
    assert read[b"/sdcard/odd/locked"] == denied == digests[b"/sdcard/odd/locked"]
    assert read[b"/sdcard/odd/plain"] == b"plain"


def test_what_is_excluded_is_not_descended_into(adb_server: AdbServer, handset: Handset) -> None:
    handset.put("keep/a", b"a")
    handset.put("cache/deep/b", b"b")
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    found = list(listing(phone, ["/sdcard/"], ["*/cache"]))

    paths = {one.path for one in found if isinstance(one, Entry) and one.kind is Kind.FILE}
    assert paths == {b"/sdcard/keep/a"}


def test_a_sparse_nine_gibibytes_are_listed_with_their_size(
    adb_server: AdbServer, handset: Handset
) -> None:
    handset.put("big", b"")
    with (handset.storage_path / "big").open("r+b") as file:
        file.truncate(9 << 30)
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    found = list(listing(phone, ["/sdcard/big"]))

    assert [one.size for one in found if isinstance(one, Entry)] == [9 << 30]


def test_a_large_file_comes_in_pieces_and_equal(adb_server: AdbServer, handset: Handset) -> None:
    content = os.urandom(LARGE + 12_345)
    handset.put("big", content)
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    pieces = list(read_large(phone, Entry(b"/sdcard/big", len(content), 0)))

    assert max(map(len, pieces)) < LARGE // 4
    assert b"".join(pieces) == content


def test_memory_stays_flat_however_large_a_file_is(adb_server: AdbServer, handset: Handset) -> None:
    handset.put("big", b"")
    with (handset.storage_path / "big").open("r+b") as file:
        file.truncate(200 << 20)
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    tracemalloc.start()
    size = sum(map(len, read_large(phone, Entry(b"/sdcard/big", 200 << 20, 0))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == 200 << 20
    assert peak < 8 << 20


def test_a_large_file_that_is_gone_is_refused_with_its_reason(
    adb_server: AdbServer, handset: Handset
) -> None:
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)

    with pytest.raises(CommandFailed, match="No such file"):
        list(read_large(phone, Entry(b"/sdcard/gone", LARGE, 0)))


def test_files_that_vanish_after_the_listing_are_named(
    adb_server: AdbServer, handset: Handset
) -> None:
    handset.put("odd/a", b"a")
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)
    gone = Entry(b"/sdcard/odd/gone", 4, 0)

    read = dict(read_small(phone, [Entry(b"/sdcard/odd/a", 1, 0), gone]))
    digests = dict(hashes(phone, [gone]))

    assert read[gone] == Problem(gone.path, "No such file or directory") == digests[gone]


def test_a_thousand_files_take_a_handful_of_round_trips(
    adb_server: AdbServer, handset: Handset
) -> None:
    for number in range(1000):
        handset.put(f"many/{number:04}", bytes([number % 251]) * 4096)
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)
    known = tools(phone)

    files = [one for one in listing(phone, ["/sdcard/many"], known=known)
             if isinstance(one, Entry) and one.kind is Kind.FILE]  # fmt: skip
    read = sum(not isinstance(content, Problem) for _, content in read_small(phone, files))
    digests = sum(isinstance(one, Digest) for _, one in hashes(phone, files, known=known))

    assert (len(files), read, digests) == (1000, 1000, 1000)
    assert phone.round_trips <= 5


@pytest.mark.parametrize("at", [3_000, 900_000])
def test_a_cable_pulled_while_reading_raises_and_delivers_no_half(
    adb_server: AdbServer, handset: Handset, at: int
) -> None:
    for number in range(20):
        handset.put(f"many/{number:02}", bytes(100_000))
    phone = AdbPhone(Adb(port=adb_server.port), handset.address)
    files = [Entry(f"/sdcard/many/{number:02}".encode(), 100_000, 0) for number in range(20)]
    assert phone.features
    handset.cut_after(at, direction="from_phone", times=1)

    got: list[object] = []
    with pytest.raises(NoAnswer):
        got.extend(content for _, content in read_small(phone, files))

    assert got == []
