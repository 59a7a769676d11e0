"""Files of apps at a station: whole or not at all, and never more than there is room for."""

import hashlib
import os
import threading
from contextlib import contextmanager

import pytest

from agents.station.apks import Apks
from agents.station.errors import ApkDamaged, StationDiskFull
from agents.station.stopping import Stopped
from fleet.contracts.remedies import ApkOffer


def content(number, size=1000):
    return bytes([number]) * size


def offer(raw):
    digest = hashlib.sha256(raw).hexdigest()
    return ApkOffer(digest=digest, size=len(raw), version_code=1, certificate="0" * 64)


class Shelf:
    def __init__(self, *files):
        self.files = {offer(raw).digest: raw for raw in files}
        self.asked = []

    @contextmanager
    def apk(self, digest):
        self.asked.append(digest)
        raw = self.files[digest]
        yield iter([raw[:400], raw[400:]])


@pytest.fixture
def stop():
    return threading.Event()


def apks(tmp_path, shelf, **limits):
    return Apks(tmp_path / "apks", shelf, **{"reserve_bytes": 0, **limits})


def fetched(kept, raw, stop):
    with kept.file(offer(raw), stop) as path:
        return path.read_bytes()


def test_a_file_is_fetched_once(tmp_path, stop):
    shelf = Shelf(content(1))
    kept = apks(tmp_path, shelf)

    assert fetched(kept, content(1), stop) == fetched(kept, content(1), stop) == content(1)
    assert len(shelf.asked) == 1


def test_a_file_that_was_spoilt_on_the_disk_is_fetched_again(tmp_path, stop):
    shelf = Shelf(content(1))
    kept = apks(tmp_path, shelf)
    fetched(kept, content(1), stop)
    path = next(kept.folder.iterdir())
    path.write_bytes(content(2))

    assert fetched(kept, content(1), stop) == content(1)
    assert len(shelf.asked) == 2


@pytest.mark.parametrize("spoilt", [content(2), content(1, 999), content(1, 1001), b""])
def test_what_arrives_otherwise_is_not_kept(tmp_path, stop, spoilt):
    shelf = Shelf(content(1))
    shelf.files[offer(content(1)).digest] = spoilt
    kept = apks(tmp_path, shelf)

    with pytest.raises(ApkDamaged):
        fetched(kept, content(1), stop)
    assert list(kept.folder.iterdir()) == []


def test_the_oldest_makes_room(tmp_path, stop):
    raws = [content(number) for number in (1, 2, 3)]
    kept = apks(tmp_path, Shelf(*raws), most_bytes=2000)
    for at, raw in enumerate(raws[:2]):
        fetched(kept, raw, stop)
        os.utime(kept.folder / f"{offer(raw).digest}.apk", (at, at))

    fetched(kept, raws[2], stop)

    assert {one.stem for one in kept.folder.iterdir()} == {offer(raw).digest for raw in raws[1:]}


def test_a_file_in_use_is_not_removed(tmp_path, stop):
    raws = [content(number) for number in (1, 2)]
    kept = apks(tmp_path, Shelf(*raws), most_bytes=1000)

    with kept.file(offer(raws[0]), stop) as path:
        fetched(kept, raws[1], stop)
        assert path.read_bytes() == raws[0]


def test_half_of_a_file_that_a_crash_left_is_removed(tmp_path, stop):
    kept = apks(tmp_path, Shelf(content(1)))
    kept.folder.mkdir()
    (kept.folder / f"{'0' * 64}.part").write_bytes(b"half")

    fetched(kept, content(1), stop)

    assert [one.suffix for one in kept.folder.iterdir()] == [".apk"]


def test_a_disk_without_room_is_named(tmp_path, stop):
    kept = apks(tmp_path, Shelf(content(1)), reserve_bytes=1 << 60)

    with pytest.raises(StationDiskFull):
        fetched(kept, content(1), stop)


def test_a_station_that_stops_does_not_wait_for_a_file(tmp_path, stop):
    kept = apks(tmp_path, Shelf(content(1)))
    stop.set()

    with pytest.raises(Stopped):
        fetched(kept, content(1), stop)
    assert list(kept.folder.iterdir()) == []
