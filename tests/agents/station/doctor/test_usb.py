"""Phones on cables, in a sysfs that a test made: who may open them, and which show no adb."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agents.station.doctor import State, examine, usb
from agents.station.unit import UDEV_RULE

ADB, MTP, STORAGE, HUB = "ff4201", "060101", "080650", "090000"


@pytest.fixture
def bus(place):
    """Give a way to put devices on the bus of the place."""
    (place.root / "sys/bus/usb/devices").mkdir(parents=True)

    def plug_in(port, vendor, *interfaces, mode=0o666, node=True, driver=None, **told):
        device = place.root / "sys/bus/usb/devices" / port
        number = len(list(device.parent.iterdir())) + 1
        facts = {"idVendor": vendor, "idProduct": "ff48", "busnum": "1", "devnum": number, **told}
        write(device, facts)
        for at, kind in enumerate(interfaces):
            names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            interface = device.with_name(f"{port}:1.{at}")
            write(interface, dict(zip(names, (kind[:2], kind[2:4], kind[4:]), strict=True)))
            if driver:
                (interface / "driver").symlink_to(f"/sys/bus/usb/drivers/{driver}")
        path = place.root / f"dev/bus/usb/001/{number:03d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if node:
            path.touch()
            path.chmod(mode)
        return path

    return plug_in


def write(folder, facts):
    folder.mkdir()
    for name, value in facts.items():
        (folder / name).write_text(f"{value}\n")


def found(place):
    return list(usb.cables(place))


@pytest.fixture
def closed_nodes(monkeypatch):
    """Have nodes that others may not open be closed for us, root or not."""

    def access(path, _how):
        return bool(path.stat().st_mode & 0o006)

    monkeypatch.setattr("agents.station.doctor.usb.os.access", access)


def test_where_there_is_no_sysfs_nothing_is_said(place):
    assert found(place) == []


def test_a_bus_without_phones_is_well(place, bus):
    bus("usb1", "1d6b", HUB)
    bus("1-1", "0781", STORAGE)

    (check,) = found(place)

    assert (check.state, check.sentence) == (
        State.OK,
        "No phone with USB debugging is on a cable.",
    )


def test_phones_that_may_be_opened_are_counted(place, bus):
    bus("1-1", "2717", MTP, ADB)
    bus("1-4.2", "ffff", ADB)  # of a maker nobody has heard of

    (check,) = found(place)

    assert check.state is State.OK
    assert check.sentence.startswith("2 phones with USB debugging")


def test_a_phone_that_may_not_be_opened_is_named_with_the_rule(place, bus, closed_nodes):
    node = bus("1-1", "2717", MTP, ADB, mode=0o600, manufacturer="Xiaomi", product="Redmi Note 12")
    if os.getuid() == 0:
        os.chown(node, 0, 0)

    (check,) = found(place)

    assert check.state is State.BROKEN
    assert "Xiaomi Redmi Note 12 (/dev/bus/usb/001/001)" in check.sentence
    if os.getuid() == 0:
        assert UDEV_RULE in check.advice
        assert "usermod -aG plugdev" in check.advice


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file to another group")
def test_a_phone_of_a_group_is_opened_by_joining_it(place, bus, closed_nodes):
    node = bus("1-1", "2717", ADB, mode=0o660)
    os.chown(node, 0, 46)  # plugdev on Debian

    (check,) = found(place)

    assert "usermod -aG plugdev" in check.advice
    assert UDEV_RULE not in check.advice


def test_a_container_without_the_devices_is_told(place, bus):
    bus("1-1", "2717", ADB, node=False)

    (check,) = found(place)

    assert check.state is State.BROKEN
    assert "/dev/bus/usb/001/001" in check.sentence


@pytest.mark.parametrize(
    ("vendor", "interfaces", "is_phone"),
    [
        ("2717", [MTP], True),
        ("22d9", [], True),  # charges only
        ("12d1", [MTP], True),  # Huawei: a phone
        ("12d1", ["ff0201"], False),  # Huawei: a modem
        ("04e8", [STORAGE], False),  # Samsung: a disk
        ("04e8", [MTP], True),
        ("046d", [MTP], False),  # a camera
    ],
)
def test_a_phone_without_debugging_is_known_by_its_maker(place, bus, vendor, interfaces, is_phone):
    bus("1-3", vendor, *interfaces, product="M2012K11AC")

    states = [check.state for check in found(place)]

    assert (State.ATTENTION in states) == is_phone
    assert State.BROKEN not in states


def test_a_phone_held_by_another_program_is_told(place, bus):
    bus("1-1", "2717", ADB, driver="usbfs", serial="3f8a61d2")
    bus("1-2", "2717", ADB)

    states = [check.state for check in found(place)]

    assert states == [State.OK, State.ATTENTION]


def test_what_a_phone_calls_itself_cannot_change_the_terminal(place, bus):
    bus("1-1", "2717", product="\x1b[2J\nok")

    assert "\x1b" not in found(place)[0].sentence
    assert "\n" not in found(place)[0].sentence


@pytest.mark.parametrize("spoilt", ["", "\0\xff", "zz"])
def test_values_that_make_no_sense_end_no_look(place, bus, spoilt):
    bus("1-1", spoilt, ADB, busnum=spoilt, devnum=spoilt)

    checks = list(examine(place))

    assert any(check.part == "USB" for check in checks)


def test_this_machine_itself_can_be_looked_at(place):
    list(usb.cables(replace(place, root=Path("/"))))
