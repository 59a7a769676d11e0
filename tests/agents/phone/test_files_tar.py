"""The strict reader of archives, on recordings of real toybox releases and on damage."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.phone.tar import parse
from tests.agents.phone.archives import archive_of
from tests.recordings import SAMPLES, recorded


@recorded
@pytest.mark.parametrize("release", ["0.8.4", "0.8.11"])
def test_archives_of_sound_releases_are_read_whole(release: str) -> None:
    archive = parse((SAMPLES / "toybox_built" / f"unreadable_toybox-{release}.tar").read_bytes())

    names = [member.name for member in archive.members]
    assert archive.unsound is None
    assert len(names) == 8
    assert {b"./bad\xff\xfename.txt", b"./new\nline.txt", b"./epoch.txt"} <= set(names)
    assert b"./noread.txt" not in names


@recorded
def test_an_archive_shifted_by_an_unreadable_file_is_not_believed() -> None:
    archive = parse((SAMPLES / "toybox_built" / "unreadable_toybox-0.8.0.tar").read_bytes())

    assert archive.unsound is not None
    assert archive.members == ()


@recorded
@pytest.mark.parametrize("release", ["0.8.0", "0.8.4", "0.8.11"])
def test_a_file_that_the_archive_does_not_hold_whole_is_no_member(release: str) -> None:
    archive = parse((SAMPLES / "toybox_built" / f"header_9gib_toybox-{release}.bin").read_bytes())

    assert (archive.members, archive.unsound) == ((), "a file is longer than the archive")


def header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def test_an_archive_that_lacks_the_data_of_a_file_is_not_believed() -> None:
    """So an old toybox writes it: the header of a file that it cannot open, and the next one."""
    lacking = header("closed", 9) + header("b", 2) + b"bb".ljust(512, b"\0") + bytes(1024)

    archive = parse(lacking)

    assert archive.unsound == "no header at byte 1024"
    assert archive.members == ()


@pytest.mark.parametrize("size", [1025, 9 * 2**30])
def test_a_file_longer_than_its_archive_is_no_member(size: int) -> None:
    archive = parse(header("big", size) + bytes(1024))

    assert (archive.members, archive.unsound) == ((), "a file is longer than the archive")


@given(
    some.dictionaries(
        some.binary(min_size=1, max_size=300)
        .map(lambda name: name.replace(b"\0", b"").replace(b"/", b"_"))
        .filter(lambda name: name and name.decode(errors="surrogateescape").encode(
            errors="surrogateescape") == name),
        some.binary(max_size=1500),
        max_size=6,
    )
)  # fmt: skip
def test_any_name_and_any_content_is_read_back(files: dict[bytes, bytes]) -> None:
    archive = parse(archive_of(files))

    assert archive.unsound is None
    assert {one.name: bytes(one.data) for one in archive.members} == files


THREE = archive_of({b"a": b"1" * 700, b"b": b"2" * 40, b"c": b"3" * 2000})


@given(some.integers(1, len(THREE)))
def test_a_shortened_archive_is_never_a_sound_half(length: int) -> None:
    archive = parse(THREE[:length])

    assert archive.unsound or [one.name for one in archive.members] == [b"a", b"b", b"c"]


@given(some.lists(some.tuples(some.integers(0, len(THREE) - 1), some.integers(1, 255)), min_size=1))
def test_a_damaged_archive_is_no_exception(flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(THREE)
    for at, flip in flips:
        damaged[at] ^= flip

    archive = parse(bytes(damaged))

    assert archive.unsound or len(archive.members) <= 3


def test_long_names_of_both_formats_are_read() -> None:
    name = "d" * 120 + "/" + "微" * 60
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
            archive.addfile(tarfile.TarInfo(name))
        assert [one.name for one in parse(out.getvalue()).members] == [name.encode()]
