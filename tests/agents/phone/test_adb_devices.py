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
