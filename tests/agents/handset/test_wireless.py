"""A real adb pairs with a virtual phone by its code, and reaches its adbd over TLS."""

import hashlib
import socket
from collections.abc import Iterator

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.handset.spake2 import M as MASK
from agents.handset.spake2 import NotAPoint, Side, decoded, encoded, times
from agents.handset.wireless import Wireless
from tests.handset_fixtures import StartHandset

NAMES = (b"adb pair client\0", b"adb pair server\0")


@pytest.fixture
def wireless(start_handset: StartHandset) -> Iterator[Wireless]:
    """Give a phone that no adb server knows, with its wireless debugging on."""
    with Wireless(start_handset(adb=None)) as wireless:
        yield wireless


def sides(alice: bytes = b"\x11", bob: bytes = b"\x22") -> tuple[Side, Side]:
    password = b"123456" + bytes(range(64))
    return (
        Side(password, alice=True, names=NAMES, random=alice * 64),
        Side(password, alice=False, names=NAMES, random=bob * 64),
    )


def test_the_exchange_is_boringssl_s() -> None:
    alice, bob = sides()

    assert alice.message.hex().startswith("e24a22e895375f3449ee318faf0a57b6cbdc7e2c")
    assert bob.message.hex().startswith("e972fae2cb51943c37f0f2f1ad744fa092ea8802")
    assert alice.key(bob.message).hex().startswith("e64b8c8a760d86d048bcf7dfa0c8140eb81948ff")


def test_both_sides_come_to_one_key_and_another_password_to_another() -> None:
    alice, bob = sides()
    stranger = Side(b"654321", alice=False, names=NAMES)

    assert alice.key(bob.message) == bob.key(alice.message)
    assert alice.key(stranger.message) != stranger.key(alice.message)


def test_what_is_not_on_the_curve_is_no_message() -> None:
    with pytest.raises(NotAPoint):
        sides()[0].key((2).to_bytes(32, "little"))
    with pytest.raises(NotAPoint):
        sides()[0].key(b"short")


def test_points_are_read_as_they_are_written() -> None:
    point = times(12345, MASK)

    assert encoded(decoded(encoded(point))) == encoded(point)


@pytest.mark.handset
def test_the_right_code_pairs_and_the_wrong_one_does_not(
    adb_server: AdbServer, wireless: Wireless
) -> None:
    dialog = wireless.show_code()
    wrong = f"{(int(dialog.code) + 1) % 1_000_000:06d}"

    assert "FAIL" in asked(adb_server, f"host:pair:{wrong}:{dialog.address}")
    assert not wireless.trusted

    said = asked(adb_server, f"host:pair:{dialog.code}:{dialog.address}")
    assert f"Successfully paired to {dialog.address} [guid={wireless.guid}]" in said
    assert len(wireless.trusted) == 1


@pytest.mark.handset
def test_a_dialog_takes_one_station_and_is_closed(
    adb_server: AdbServer, wireless: Wireless
) -> None:
    dialog = wireless.show_code()
    asked(adb_server, f"host:pair:{dialog.code}:{dialog.address}")

    assert "FAIL" in asked(adb_server, f"host:pair:{dialog.code}:{dialog.address}")


@pytest.mark.handset
def test_adb_reaches_the_phone_over_tls_once_it_is_paired(
    adb_server: AdbServer, wireless: Wireless
) -> None:
    assert "failed" in asked(adb_server, f"host:connect:{wireless.address}")

    dialog = wireless.show_code()
    asked(adb_server, f"host:pair:{dialog.code}:{dialog.address}")
    adb_server.connect(wireless.address)

    device = adb_server.client.device(wireless.address)
    assert device.shell("getprop ro.serialno") == wireless.handset.serial
    content = bytes(range(256)) * 40_000
    wireless.handset.put("large.bin", content)
    digest = device.shell("cat /sdcard/large.bin | sha256sum").split()[0]
    assert digest == hashlib.sha256(content).hexdigest()
    assert device.sync.read_bytes("/sdcard/large.bin") == content
    adb_server.disconnect(wireless.address)


def asked(server: AdbServer, service: str) -> str:
    """Return all that a server answers, whatever it is."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(b"%04x%s" % (len(service), service.encode()))
        with line.makefile("rb") as answer:
            return answer.read().decode()


def test_a_phone_s_name_in_the_network_begins_with_its_serial_number() -> None:
    phone = Handset()
    phone.serial = "3f8a61d2"

    assert Wireless(phone).guid.startswith("adb-3f8a61d2-")
