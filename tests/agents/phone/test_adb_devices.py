import pytest

from agents.phone.devices import Transport, parse_devices
from agents.phone.server import address
from tests.recordings import SAMPLES, recorded


@recorded
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("awesome_offline.txt", [("cf264b8f", "offline")]),
        ("no_permissions_udev.txt", [("faf80ac1", "no permissions")]),
        ("scrcpy_cr.txt", [("0123456789abcdef", "device"), ("192.168.1.1:5555", "device")]),
        ("scrcpy_daemon_start.txt", [("0123456789abcdef", "device")]),
        (
            "scrcpy_serial_with_spaces.txt",
            [("adb-0123456789AB-CDdefg (2)._adb-tls-connect._tcp", "device")],
        ),
        ("weiwangqiang_1.txt", [("172.19.135.22:5555", "device"), ("emulator-5554", "device")]),
    ],
)
def test_recorded_lists_are_read(name: str, expected: list[tuple[str, str]]) -> None:
    text = (SAMPLES / "adb_devices" / name).read_bytes().decode()

    found = [(one.serial, one.state) for one in parse_devices(text)]

    assert [one for one in found if "~" not in one[0]] == expected


@recorded
@pytest.mark.parametrize(
    ("name", "ports"),
    [
        ("awesome_offline.txt", ["cf264b8f"]),
        ("no_permissions_udev.txt", ["faf80ac1"]),
        ("scrcpy_basic.txt", ["usb:2-1", "192.168.1.1:5555"]),
        ("scrcpy_daemon_start.txt", ["usb:2-1"]),
        ("scrcpy_serial_with_spaces.txt", ["adb-0123456789AB-CDdefg (2)._adb-tls-connect._tcp"]),
    ],
)
def test_recorded_lists_tell_the_ports(name: str, ports: list[str]) -> None:
    text = (SAMPLES / "adb_devices" / name).read_bytes().decode()

    found = [one.port for one in parse_devices(text)]

    assert [port for port in found if "~" not in port] == ports


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ("usb:1-4.2 product:p model:M device:d transport_id:1", "usb:1-4.2"),  # Linux
        ("usb:336592896X product:p model:M device:d transport_id:1", "usb:336592896X"),  # macOS
        ("usb:1:5 product:p model:M device:d transport_id:1", "usb:1:5"),  # libusb
        ("2-1.4 product:p model:M device:d transport_id:1", "2-1.4"),  # libusb elsewhere
        ("/dev/bus/usb/001/002 transport_id:1", "/dev/bus/usb/001/002"),
        ("product:p model:M device:d transport_id:1", "0a1b2c3d"),  # Windows tells none
        ("transport_id:1", "0a1b2c3d"),
        ("", "0a1b2c3d"),
    ],
)
def test_each_system_writes_ports_in_its_own_way(said: str, port: str) -> None:
    (one,) = parse_devices(f"0a1b2c3d               device {said}\r\n")

    assert (one.serial, one.state, one.explanation, one.port) == ("0a1b2c3d", "device", "", port)


def test_the_port_of_a_phone_that_may_not_be_opened_is_no_part_of_the_reason() -> None:
    reason = "(user in plugdev group; are your udev rules wrong?); see [http://developer.example/x]"
    line = f"f00                    no permissions {reason} usb:1-4 transport_id:3\n"

    assert parse_devices(line) == (Transport("f00", "no permissions", reason, "usb:1-4"),)


def test_words_in_a_serial_are_not_its_state() -> None:
    (one,) = parse_devices("my phone device 2      unauthorized usb:1-1 transport_id:3\n")

    assert (one.serial, one.state, one.port) == ("my phone device 2", "unauthorized", "usb:1-1")


def test_lines_that_end_as_on_windows_are_read_after_the_words_of_a_server_that_starts() -> None:
    text = (
        "* daemon not running; starting now at tcp:5037\r\n* daemon started successfully\r\n"
        "List of devices attached\r\n"
        "0a1b2c3d\tdevice usb:1-2 product:p model:M_1 device:d transport_id:1\r\n"
        "10.0.0.9:5555\toffline transport_id:2\r\n\r\n"
    )

    assert [(one.serial, one.state) for one in parse_devices(text)] == [
        ("0a1b2c3d", "device"),
        ("10.0.0.9:5555", "offline"),
    ]


def test_a_bad_state_keeps_its_explanation() -> None:
    text = "f00\tno permissions (missing udev rules?); see [http://developer.example/x]\n"

    (one,) = parse_devices(text)

    assert (one.state, one.ready) == ("no permissions", False)
    assert "missing udev rules?" in one.explanation


def test_blanks_in_a_serial_stay_in_it() -> None:
    assert parse_devices("my phone device 2\tunauthorized\n") == (
        Transport("my phone device 2", "unauthorized"),
    )


def test_no_phone_is_no_entry() -> None:
    assert parse_devices("") == ()
    assert parse_devices("List of devices attached\n\n") == ()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("127.0.0.1", 5037)),
        ({"ANDROID_ADB_SERVER_PORT": "6001"}, ("127.0.0.1", 6001)),
        ({"ADB_SERVER_SOCKET": "tcp:6002"}, ("127.0.0.1", 6002)),
        ({"ADB_SERVER_SOCKET": "tcp:10.0.0.7:6003"}, ("10.0.0.7", 6003)),
    ],
)
def test_the_server_is_where_adb_would_look_for_it(
    environment: dict[str, str], expected: tuple[str, int]
) -> None:
    assert address(environment) == expected
