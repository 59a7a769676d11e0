"""Packs are plain tar in zstd in age, whatever the names and sizes."""

import hashlib
import io
import os
import tarfile
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import sleep

import pyrage
import pytest
import zstandard

from agents.station.backup import packs, spool
from agents.station.backup.errors import RecipientInvalid
from agents.station.errors import StationDiskFull

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENTS = [IDENTITY.to_public()]
AGE_CHUNK = 64 * 1024 + 16  # what does not fit the window as a whole waits


def opened(path: Path) -> tarfile.TarFile:
    plain = pyrage.decrypt(path.read_bytes(), [IDENTITY])
    tar = zstandard.ZstdDecompressor().stream_reader(plain).read()
    return tarfile.open(fileobj=io.BytesIO(tar), encoding="utf-8", errors="surrogateescape")


@pytest.mark.parametrize(
    "name",
    [b"a.txt", "微信/图片.jpg".encode(), b"new\nline", b"\xff\xfe raw", b"d/" * 100 + b"deep"],
)
def test_a_file_comes_out_of_a_pack_as_it_went_in(tmp_path, name):
    data = os.urandom(70_001)

    with packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer:
        added = writer.add(name, size=len(data), mtime=1.5, chunks=[data[:5], data[5:]])
        pack = writer.finish()

    [member] = opened(pack.path).getmembers()
    assert member.name.encode("utf-8", "surrogateescape") == name
    assert (member.size, member.mtime) == (70_001, 1.5)
    assert added.whole
    assert added.sha256 == hashlib.sha256(data).hexdigest()


def test_many_files_at_once_come_out_as_they_went_in(tmp_path):
    sizes = (0, 5, 3 << 20, 7, 512, (1 << 20) - 1, 1)
    files = [(b"%d" % n, 1.5, memoryview(os.urandom(size))) for n, size in enumerate(sizes)]

    with packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer:
        digests = writer.add_whole(files)
        pack = writer.finish()

    tar = opened(pack.path)
    came = [tar.extractfile(member).read() for member in tar]
    assert came == [content for _name, _mtime, content in files]
    assert digests == [hashlib.sha256(content).hexdigest() for content in came]


def test_the_digest_is_of_the_bytes_in_the_spool(tmp_path):
    with packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer:
        writer.add(b"x", size=3, mtime=0, chunks=[b"abc"])
        pack = writer.finish()

    stored = pack.path.read_bytes()
    assert (pack.digest, pack.size) == (hashlib.sha256(stored).hexdigest(), len(stored))


def test_a_file_cut_short_keeps_the_pack_in_step_and_is_named(tmp_path):
    with packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer:
        cut = writer.add(b"cut", size=1000, mtime=0, chunks=[b"only"])
        grown = writer.add(b"grown", size=4, mtime=0, chunks=[b"more than", b" asked"])
        pack = writer.finish()

    tar = opened(pack.path)
    assert (cut.whole, grown.whole) == (False, True)
    assert [m.name for m in tar] == ["cut", "grown"]
    assert tar.extractfile("grown").read() == b"more"


def test_a_pack_given_up_leaves_no_file(tmp_path):
    with suppress(KeyError), packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer:
        writer.add(b"x", size=3, mtime=0, chunks=[b"abc"])
        raise KeyError

    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_refused_by_name_and_leaves_no_file(tmp_path, monkeypatch):
    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.Spool, "_write", no_room)
    with pytest.raises(StationDiskFull):
        pack_of_200_megabytes(tmp_path / "p")

    assert not list(tmp_path.iterdir())


def pack_of_200_megabytes(path):
    with packs.PackWriter(path, RECIPIENTS) as writer:
        for number in range(200):
            data = os.urandom(1 << 20)
            writer.add(b"%d" % number, size=len(data), mtime=0, chunks=[data])
        writer.finish()


def test_a_recipient_that_is_none_is_refused():
    with pytest.raises(RecipientInvalid):
        packs.parse_recipients(["age1nonsense"])


def test_a_pack_given_up_waits_for_nobody_to_make_room_in_its_window(tmp_path):
    def cut_off(writer):
        for _piece in range(3):  # more than the window holds; the pipe before it takes the rest
            yield os.urandom(spool.UNIT)
        while writer.spool.size < 2 * spool.UNIT - AGE_CHUNK:
            sleep(0.01)
        raise KeyError

    def make():
        with (
            suppress(KeyError),
            packs.PackWriter(tmp_path / "p", RECIPIENTS, window=2 * spool.UNIT) as writer,
        ):
            writer.add(b"film", size=1 << 30, mtime=0, chunks=cut_off(writer))

    making = Thread(target=make, daemon=True)
    making.start()
    making.join(10)

    assert not making.is_alive()
    assert not list(tmp_path.iterdir())


def test_a_file_of_which_next_to_nothing_came_is_not_made_up_of_zeros(tmp_path):
    with (
        pytest.raises(packs.TooShort),
        packs.PackWriter(tmp_path / "p", RECIPIENTS) as writer,
    ):
        writer.add(b"film", size=1 << 60, mtime=0, chunks=[b"x"])

    assert not list(tmp_path.iterdir())
