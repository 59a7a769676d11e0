"""A pack's tar layer: what is put together by hand is what tarfile reads."""

import io
import tarfile

import pytest

from agents.station.backup import archive

NAMES = ["DCIM/a.jpg", "n" * 100, "n" * 101, "微信/图片.jpg", "a\nb", "odd-\udcff"]
SIZES = [0, 1, 512, 8**11 - 1, 8**11]
TIMES = [0, 1795383927.0, 1795383927.25, 1795383927.1234567, 1e-7, 8**11 - 1.0, 8**11 + 0.5, -5.0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mtime", TIMES)
def test_a_header_says_what_it_was_given(name: str, size: int, mtime: float) -> None:
    head = archive.header(name.encode(errors="surrogateescape"), size=size, mtime=mtime)

    with tarfile.open(fileobj=io.BytesIO(head + archive.END), errors="surrogateescape") as read:
        member = read.next()

    assert member is not None
    assert (member.name, member.size, member.mtime) == (name, size, mtime)
    assert (member.isreg(), member.mode, len(head) % archive.BLOCK) == (True, 0o644, 0)
