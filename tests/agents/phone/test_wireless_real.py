"""Closing the doors without a cable, and opening them again, against the real adb."""

from contextlib import suppress
from dataclasses import dataclass
from threading import Event

import pytest

from agents.handset.faults import DiesAfterwards, GuardedByMaker, SaysDone
from agents.handset.handset import Handset
from agents.phone.adb import Adb, AdbPhone
from agents.phone.errors import NoAnswer, PhoneUnreachable
from agents.phone.remedies import carry_out
from agents.phone.wireless import CloseWireless, OpenWireless, without_cable
from fleet.contracts.remedies import WirelessSeen

pytestmark = pytest.mark.handset

OPEN = {"service.adb.tcp.port": "5037"}


@dataclass
class CabledPhone(AdbPhone):
    """What `adb usb` and `adb tcpip` do to a phone: the daemon of the handset knows neither."""

    handset: Handset | None = None
    restarts: int = 0
    obeys: bool = True

    def service(self, name, *, deadline=30.0):
        kind, _, port = name.partition(":")
        self.restarts += 1
        if self.obeys:
            self.handset.state.props["service.adb.tcp.port"] = port or "0"
        self.handset.kill_daemon()
        raise PhoneUnreachable(self.serial, f"restarting in {kind} mode")

    def come_back(self):
        with suppress(Exception):
            self.handset.adb.reconnect(self.serial)


@pytest.fixture
def handset(start_handset):
    return start_handset("honor-magic6-magicos", seed=False)


@pytest.fixture
def phone(adb_server, handset):
    return CabledPhone(Adb(port=adb_server.port), handset.address, handset=handset)


def close(phone):
    return carry_out(CloseWireless(phone, phone.come_back), begin=lambda _seen: None)


def open_again(phone, to):
    remedy = OpenWireless(phone, phone.come_back, Event(), to=to)
    return carry_out(remedy, begin=lambda _seen: None)


def switch(handset):
    return handset.state.settings["global"]["adb_wifi_enabled"]


def test_the_switch_is_turned_off_and_on_again(handset, phone):
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"

    outcome = close(phone)

    assert (outcome.state, outcome.changed, outcome.undo) == ("verified", True, "open_wireless")
    assert outcome.before == WirelessSeen(switch=True, port=0, port_at_start=0)
    assert (switch(handset), phone.restarts) == ("0", 0)

    back = open_again(phone, outcome.before)

    assert (back.state, back.after, switch(handset)) == ("verified", outcome.before, "1")


def test_a_phone_that_listens_is_started_anew_and_comes_back(handset, phone):
    handset.state.props.update(OPEN)

    outcome = close(phone)

    assert (outcome.state, outcome.after.port) == ("verified", 0)
    assert phone.restarts == 1

    back = open_again(phone, outcome.before)

    assert (back.state, back.after.port) == ("verified", 5037)


def test_doors_that_are_closed_stay_untouched(handset, phone):
    asked = len(handset.journal)

    outcome = close(phone)

    assert (outcome.state, outcome.changed) == ("verified", False)
    assert not [line for line in handset.journal[asked:] if "put" in line or "setprop" in line]


def test_a_phone_that_has_no_such_switch_can_be_closed(handset, phone):
    del handset.state.settings["global"]["adb_wifi_enabled"]
    handset.state.props.update(OPEN)

    assert close(phone).state == "verified"


def test_a_port_of_each_start_is_closed_too(handset, phone):
    handset.state.props["persist.adb.tcp.port"] = "5037"

    outcome = close(phone)

    assert (outcome.state, outcome.before.port_at_start) == ("verified", 5037)
    assert open_again(phone, outcome.before).after.port_at_start == 5037


def test_a_daemon_that_goes_on_listening_is_seen(handset, phone):
    handset.state.props["service.adb.tcp.port"] = "5555"  # on which this very daemon listens

    outcome = close(phone)

    assert (outcome.state, outcome.reason) == ("refused", "not_changed")
    assert outcome.after.port == 5555


def test_a_phone_that_only_says_so_is_not_believed(handset, phone):
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"
    handset.add_fault(SaysDone())

    outcome = close(phone)

    assert (outcome.state, outcome.reason, outcome.after.switch) == ("refused", "not_changed", True)


def test_xiaomis_switch_keeps_settings_from_a_computer(adb_server, start_handset):
    handset = start_handset("xiaomi-14-hyperos", seed=False)
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"

    outcome = close(CabledPhone(Adb(port=adb_server.port), handset.address, handset=handset))

    assert (outcome.state, outcome.reason, switch(handset)) == ("refused", "refused_by_phone", "1")
    assert "WRITE_SECURE_SETTINGS" in outcome.word


def test_a_makers_guard_is_named(handset, phone):
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"
    handset.add_fault(GuardedByMaker())

    assert close(phone).reason == "refused_by_phone"


def test_what_dies_after_its_work_has_done_it(handset, phone):
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"
    handset.add_fault(DiesAfterwards())

    assert close(phone).state == "verified"


def test_a_phone_that_does_not_come_back_is_not_claimed(handset, phone, monkeypatch):
    monkeypatch.setattr("agents.phone.wireless.BACK_SECONDS", 1.0)
    handset.state.props.update(OPEN)
    phone.come_back = lambda: None
    phone.service = lambda _name: handset.unplug() or ""

    with pytest.raises(NoAnswer):
        close(phone)


def test_our_own_way_is_not_cut(adb_server, handset, phone, monkeypatch):
    monkeypatch.setattr("agents.phone.wireless.LOOPBACK", ())
    handset.state.settings["global"]["adb_wifi_enabled"] = "1"

    outcome = close(phone)

    assert (outcome.state, outcome.reason, switch(handset)) == ("refused", "without_cable", "1")


@pytest.mark.parametrize(
    ("transport", "is_without"),
    [
        ("3f8a61d2", False),
        ("usb:1-1", False),
        ("emulator-5554", False),
        ("127.0.0.1:5555", False),
        ("192.168.1.20:5555", True),
        ("[fe80::1]:5555", True),
        ("adb-3f8a61d2-Qk1f (2)._adb-tls-connect._tcp", True),
        ("phone.office:37123", True),
    ],
)
def test_the_way_tells_whether_there_is_a_cable(transport, is_without):
    assert without_cable(transport) is is_without
