"""Pairing and connecting through real adb servers, and what those say that cannot."""

from collections.abc import Callable

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.wireless import Wireless
from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import (
    AddressInvalid,
    CannotPair,
    CodeInvalid,
    CodeRefused,
    KeyNotTaken,
    NoCodeTakenThere,
    PhoneNotConnected,
)
from agents.phone.pairing import (
    Found,
    connect,
    disconnect,
    finds_phones,
    found,
    host_and_port,
    pair,
    parse_services,
    servers_at,
)
from tests.agents.phone.test_adb_old import OKAY, Answers, ScriptedServer, block, fail
from tests.agents.phone.test_adb_old import server as server  # noqa: PLC0414 — a fixture
from tests.handset_fixtures import StartHandset
from tests.ports import free_port

SERVICES = """adb-3f8a61d2-KSx0Wv (2)\t_adb-tls-connect._tcp\t192.168.1.20:40000
adb-3f8a61d2-KSx0Wv\t_adb-tls-pairing._tcp.\t192.168.1.20:41000
adb-77\t_adb-tls-connect._tcp.\t[fe80::1]:40001
adb-88\t_adb._tcp\t192.168.1.21:5555
"""


NO_ADDRESSES = (
    *("", "phone", "phone:", ":5555", "phone:0", "phone:65536", "phone:12345678", "a b:5555"),
    *("http://phone:5555", "phone:5555:5555", "phone:55٥5", "phone:5555\n", "[phone]:1"),
    "x" * 254 + ":1",
)


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_refused_before_adb_hears_of_it(address: str) -> None:
    with pytest.raises(AddressInvalid):
        host_and_port(address)


def test_addresses_are_read() -> None:
    assert host_and_port("192.168.1.20:41234") == ("192.168.1.20", 41234)
    assert host_and_port("phone-7.corp.example:1") == ("phone-7.corp.example", 1)
    assert host_and_port("[fe80::1%wlan0]:65535") == ("fe80::1%wlan0", 65535)


def test_only_services_that_take_connections_are_phones() -> None:
    assert parse_services(SERVICES) == (
        Found("adb-3f8a61d2-KSx0Wv (2)", "192.168.1.20:40000"),
        Found("adb-77", "[fe80::1]:40001"),
    )
    assert parse_services("List of discovered mdns services\n\n") == ()


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "１２３４５６", "123456:1.1.1.1"]
)
def test_a_code_of_other_than_six_digits_is_refused(code: str) -> None:
    with pytest.raises(CodeInvalid):
        pair(Adb("127.0.0.1", free_port()), "127.0.0.1:1", code)


def test_two_servers_call_their_phones_by_their_place() -> None:
    one, other = servers_at(["127.0.0.1:5037", "desk.example:5038", "127.0.0.1:5037"])

    assert one.transports("X\tdevice\n")[0].serial == "X@127.0.0.1:5037"
    assert other.own_name("X@desk.example:5038") == "X"
    assert servers_at(["127.0.0.1:5037"])[0].transports("X\tdevice\n")[0].serial == "X"
    assert (one.is_here, other.is_here) == (True, False)


def test_a_server_of_before_pairing_is_named_so(
    server: Callable[[Answers], ScriptedServer],
) -> None:
    old = server(lambda _request: fail("unknown host service"))
    adb = Adb("127.0.0.1", old.port)

    with pytest.raises(CannotPair):
        pair(adb, "127.0.0.1:1", "123456")
    assert not finds_phones(adb)
    assert found(adb) == ()


def test_phones_are_found_where_the_server_hears_them(
    server: Callable[[Answers], ScriptedServer],
) -> None:
    answers = {
        "host:mdns:check": "mdns daemon version [Openscreen discovery 0.0.0]",
        "host:mdns:services": SERVICES,
    }
    adb = Adb("127.0.0.1", server(lambda request: OKAY + block(answers[request])).port)

    assert finds_phones(adb)
    assert found(adb)[0] == Found("adb-3f8a61d2-KSx0Wv (2)", "192.168.1.20:40000")


def test_the_code_is_in_no_refusal(server: Callable[[Answers], ScriptedServer]) -> None:
    adb = Adb("127.0.0.1", server(lambda request: OKAY + fail(f"Failed: {request}")).port)

    with pytest.raises(NoCodeTakenThere) as caught:
        pair(adb, "127.0.0.1:1", "918273")

    assert "918273" not in repr(caught.value) + str(caught.value)


@pytest.mark.handset
def test_a_wrong_code_and_a_closed_dialog_are_told_apart(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    adb = Adb(port=adb_server.port)
    with Wireless(start_handset(adb=None, seed=False)) as wireless:
        dialog = wireless.show_code()
        with pytest.raises(CodeRefused):
            pair(adb, dialog.address, f"{(int(dialog.code) + 1) % 1_000_000:06d}")

        dialog.close()
        with pytest.raises(NoCodeTakenThere):
            pair(adb, dialog.address, dialog.code)


@pytest.mark.handset
def test_a_paired_phone_is_connected_and_let_go(
    adb_server: AdbServer, start_handset: StartHandset
) -> None:
    adb = Adb(port=adb_server.port)
    with Wireless(start_handset(adb=None, seed=False)) as wireless:
        with pytest.raises(KeyNotTaken):
            connect(adb, wireless.address)

        dialog = wireless.show_code()
        assert pair(adb, dialog.address, dialog.code) == wireless.guid
        connect(adb, wireless.address)
        connect(adb, wireless.address)  # it is already
        answer = AdbPhone(adb, wireless.address).shell("getprop", "ro.serialno")
        assert answer.text.strip() == wireless.handset.serial

        assert disconnect(adb, wireless.address)
        assert not disconnect(adb, wireless.address)


@pytest.mark.handset
@pytest.mark.parametrize(
    ("address", "reason"), [("127.0.0.1:1", "refused"), ("no-such-host.invalid:5555", "known")]
)
def test_where_no_phone_is_none_is_connected(
    adb_server: AdbServer, address: str, reason: str
) -> None:
    with pytest.raises(PhoneNotConnected, match=reason):
        connect(Adb(port=adb_server.port), address)
