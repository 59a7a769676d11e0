"""How fast, and how much at once: the bounds that all phones of a station share."""

from threading import Event, Thread

import pytest

from agents.station.backup.pace import Pace
from agents.station.backup.room import Booking, Room
from agents.station.far import WINDOW_SECONDS, Meter
from agents.station.stopping import Paused, Stopped


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return False


def test_what_goes_by_never_exceeds_the_rate():
    clock = Clock()
    pace = Pace(1000, clock)
    began = clock.now
    for size in (1, 500, 5000, 250, 10_000, 3):
        pace.take(size, clock)

    assert clock.now - began >= 15_754 / 1000 - 1


def test_two_phones_share_a_rate_and_a_rest_does_not_pile_up():
    clock = Clock()
    pace = Pace(1000, clock)
    pace.take(1000, clock)
    clock.now += 3600
    began = clock.now
    for _phone in range(2):
        pace.take(2000, clock)

    assert clock.now - began == pytest.approx(3)


def test_without_a_rate_nobody_waits_and_a_new_one_holds_at_once():
    clock = Clock()
    pace = Pace(None, clock)
    pace.take(10**12, clock)
    assert clock.now == 100.0

    pace.rate = 100
    pace.take(300, clock)

    assert clock.now == pytest.approx(102)


def test_who_stops_does_not_wait_for_his_bytes():
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        Pace(1).take(10_000, stop)


def test_a_bound_that_is_lifted_or_a_pause_ends_the_waiting():
    class Lifted(Clock):
        def wait(self, seconds):
            pace.rate = None
            return super().wait(seconds)

    clock, pause = Lifted(), Event()
    pace = Pace(1000, clock)
    pace.take(10**9, clock)
    assert clock.now < 110

    pause.set()
    with pytest.raises(Paused):
        Pace(1000, quiet := Clock()).take(10**9, quiet, pause)


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path, most_bytes=100, reserve_bytes=10, free=lambda _folder: 1000)


def booked(room, *sizes):
    """Let phones ask for room, one after the other, each in a thread of its own."""
    order, asked = [], []
    for size in sizes:
        waits = Event()

        def ask(size=size, waits=waits):
            order.append((size, room.book(size, Event(), Event(), waits.set)))

        thread = Thread(target=ask, daemon=True)
        thread.start()
        waits.wait(5)
        asked.append(thread)
    return order, asked


def test_who_came_first_is_served_first_and_a_small_one_passes_no_large_one(room):
    first = room.book(60, Event(), Event(), list)
    order, threads = booked(room, 80, 10)
    assert order == []

    first.end()
    for thread in threads:
        thread.join(5)

    assert [size for size, _ in order] == [80, 10]


def test_of_a_pack_that_is_too_large_a_window_is_booked(room):
    room.whole_bytes = 50

    assert [room.book(size, Event(), Event(), list).window for size in (50, 51)] == [None, 50]
    assert room._booked == 100


def test_a_disk_that_is_almost_full_is_waited_for_and_not_filled(room, monkeypatch):
    monkeypatch.setattr("agents.station.backup.room.LOOK_SECONDS", 0.01)
    room.free = lambda _folder: 50
    order, [thread] = booked(room, 45)
    assert order == []

    room.free = lambda _folder: 60
    thread.join(5)

    assert [size for size, _ in order] == [45]


@pytest.mark.parametrize("end", [Stopped, Paused])
def test_who_stops_or_pauses_leaves_the_line(room, end):
    room.book(100, Event(), Event(), list)
    stop, pause = Event(), Event()
    with pytest.raises(end):
        room.book(50, stop, pause, (stop if end is Stopped else pause).set)

    assert not room._waiting


def test_room_is_given_back_once(room):
    booking = room.book(100, Event(), Event(), list)
    booking.end()
    booking.end()

    assert room._booked == 0


def test_room_is_given_back_once_by_two_at_once(room):
    class Slow(Booking):
        """Somebody else gives it back just when it is looked at how much it is."""

        def __getattribute__(self, name):
            found = super().__getattribute__(name)
            if name == "size" and (other := self.__dict__.pop("other", None)):
                other.start()
                other.join(0.2)
            return found

    booking = Slow(room, 100)
    room._booked = 100
    booking.other = other = Thread(target=booking.end)

    booking.end()
    other.join()

    assert room._booked == 0


def test_the_rate_is_that_of_the_last_seconds():
    meter = Meter()
    for second in range(100):
        meter.note(second, min(second, 50) * 1000)

    assert meter.rate(50 + WINDOW_SECONDS / 2) == pytest.approx(500, rel=0.2)
    assert meter.rate(99 + WINDOW_SECONDS) == 0


def test_nothing_is_said_of_how_fast_until_there_is_enough_to_tell():
    meter = Meter()
    assert meter.rate(0) is None
    meter.note(0, 0)
    meter.note(1, 10**9)
    assert meter.rate(1) is None
    meter.note(4, 10**9)
    assert meter.rate(4) == 10**9 // 4


def test_bytes_that_are_read_again_are_no_negative_rate():
    meter = Meter()
    for second, done in ((0, 900), (1, 1000), (2, 100), (6, 500)):
        meter.note(second, done)

    assert meter.rate(6) == 100
