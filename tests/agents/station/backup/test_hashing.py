"""What a phone is asked for its hashes ends with the work that asked."""

from threading import Event
from types import SimpleNamespace

import pytest

from agents.station.backup.hashing import hash_all
from agents.station.backup.progress import Item
from agents.station.backup.reading import LargeFile
from agents.station.stopping import Stopped


def test_what_the_phone_still_says_is_cut_where_hashing_stops():
    stop, ended = Event(), []

    def hashes(items):
        try:
            for item in items:
                yield item.path, "0" * 64, None
                stop.set()
        finally:
            ended.append(True)

    reader, progress = SimpleNamespace(hashes=hashes), SimpleNamespace(answered=list)
    items = [Item(b"a", 1, 0.0), Item(b"b", 1, 0.0)]

    with pytest.raises(Stopped) as stopped:
        hash_all(reader, progress, items, stop, Event())

    assert ended, stopped  # while whoever asked still has the exception in his hand


def test_a_large_file_of_which_nobody_takes_the_rest_is_cut():
    ended = []

    def pieces():
        try:
            yield b"a"
            yield b"b"
        finally:
            ended.append(True)

    large = LargeFile(pieces())
    rest = iter(large)
    next(rest)
    large.close()

    assert ended
