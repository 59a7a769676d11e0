"""The picture of the ports: what is where, since when, and what is known of it."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.phone.devices import Transport, parse_devices
from agents.station.ports import Ports
from fleet.contracts.ports import (
    SENTENCES,
    PortState,
    picture_digest,
    port_sentence,
    port_state,
)
from fleet.contracts.words import speaking
from tests.recordings import SAMPLES, recorded

BEGAN = datetime(2026, 11, 26, 8, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = BEGAN

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def ports() -> Ports:
    return Ports(clock=Clock())


def test_a_phone_is_read_and_known_by_its_port(ports):
    ports.came(Transport("A1", "device", port="usb:1-4"))
    (before,) = ports.picture()
    ports.tell("A1", PortState.READY, serial="S1")
    ports.tell("A1", PortState.READY, serial="S1")

    (one,) = ports.picture()

    assert (before.state, before.serial) == (PortState.READING, None)
    assert (one.port, one.transport, one.serial, one.state) == ("usb:1-4", "A1", "S1", "ready")
    assert one.since == BEGAN + timedelta(minutes=2)


def test_a_phone_that_hangs_is_no_longer_ready_and_still_known(ports):
    ports.came(Transport("A1", "device", port="usb:1-4"))
    ports.tell("A1", PortState.READY, serial="S1")
    ports.tell("A1", PortState.HUNG)

    (one,) = ports.picture()
    assert (one.state, one.serial, ports.is_hung("A1")) == (PortState.HUNG, "S1", True)
    ports.woke("A1")
    assert not ports.is_hung("A1")


def test_another_port_is_in_the_picture(ports):
    ports.came(Transport("A1", "device", port="usb:1-4"))
    before = picture_digest(ports.picture())
    ports.came(Transport("A1", "device", port="usb:2-1"))

    (one,) = ports.picture()
    assert one.port == "usb:2-1"
    assert picture_digest(ports.picture()) != before


def test_what_nobody_watches_says_so(ports):
    ports.came(Transport("A1", "offline"))
    ports.unwatched()

    (one,) = ports.picture()
    assert one.state is PortState.UNWATCHED


def test_odd_names_do_not_keep_the_picture_back(ports):
    ports.came(Transport(" ", "device"))
    ports.came(Transport("x" * 500, "no permissions", "y\0" * 5000))

    assert [len(one.transport) for one in ports.picture()] == [1, 200]


def test_who_left_is_not_in_the_picture(ports):
    ports.came(Transport("A1", "device"))
    ports.left("A1")
    ports.tell("A1", PortState.HUNG)

    assert ports.picture() == []


@recorded
@pytest.mark.parametrize(
    ("name", "state", "said"),
    [
        ("awesome_offline.txt", PortState.OFFLINE, "gets no answer"),
        ("no_permissions_udev.txt", PortState.NO_PERMISSIONS, "udev rules wrong"),
        ("no_permissions_udev.txt", PortState.NO_PERMISSIONS, "http://developer.android.com/tools"),
    ],
)
def test_recorded_states_are_said_in_words(name, state, said):
    found = parse_devices((SAMPLES / "adb_devices" / name).read_bytes().decode())
    with speaking("en"):
        (one,) = [
            (port_state(seen.state), port_sentence(port_state(seen.state), seen.explanation))
            for seen in found
            if not seen.ready
        ]

    assert one[0] is state
    assert said in one[1]


WELL = {PortState.READY, PortState.READING, PortState.EMPTY}


def test_every_state_that_is_not_well_says_what_to_do():
    assert set(PortState) - WELL == set(SENTENCES)


@pytest.mark.parametrize("adb_state", ["no permissions", "rescue", "a state of a later adb"])
def test_every_state_of_adb_has_one_of_ours(adb_state):
    assert port_state(adb_state) in {
        PortState.NO_PERMISSIONS,
        PortState.RESCUE,
        PortState.UNKNOWN,
    }
