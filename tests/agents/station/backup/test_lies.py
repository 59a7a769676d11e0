"""A phone may say anything of its files: no number that it says stops a backup."""

from threading import Event

import pytest

from agents.station.backup.archives import Archives
from agents.station.backup.making import Making
from agents.station.backup.plan import Batch
from agents.station.backup.progress import MOST, Item, Progress
from agents.station.backup.reading import LargeFile
from tests.shelf import IDENTITY

HUGE = Item(b"DCIM/huge.mp4", 2**63 - 1, 0.0)


@pytest.fixture
def progress(tmp_path):
    progress = Progress(tmp_path)
    yield progress
    progress.close()


def test_sizes_that_no_disk_has_add_up_to_something(progress):
    progress.list_anew((Item(b"%d" % n, HUGE.size, 0.0), None) for n in range(3))

    assert progress.total() == MOST


@pytest.mark.parametrize("mtime", [1e18, -1e18])
@pytest.mark.parametrize("clock", [None, float("inf"), 1e300])
def test_an_archive_of_any_time_is_seen(mtime, clock):
    archives = Archives([], clock, looks=[{b"Backup/1/app.bak": (5, mtime)}])

    assert archives._seen(b"Backup/1/app.bak").bytes == 5


class Short:
    """A reader that gets one piece of anything."""

    def large(self, _item):
        return LargeFile(iter([b"piece"]))

    def small(self, _items):
        yield from ()


def test_what_is_said_to_be_huge_and_is_not_is_named(tmp_path):
    making = Making(Short(), Event(), Event(), lambda _items: None, lambda *_far: None)
    to = [IDENTITY.to_public()]

    pack = making.pack(tmp_path / "p", Batch((), (HUGE,)), to, lambda _spool: None)

    assert pack is None
    assert [(one.item, one.problem) for one in making.problems] == [
        (HUGE, "it was cut short while it was read")
    ]
    assert not list(tmp_path.iterdir())
