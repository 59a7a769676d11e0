"""What a phone lets a computer do, and on which kinds of network it is."""

import subprocess

import pytest

from agents.phone.parts import battery, capabilities, network
from agents.phone.parts.capabilities import capabilities_of
from agents.phone.parts.catalogue import NETWORK, SETTINGS_GLOBAL
from agents.phone.parts.facts import facts_of
from agents.phone.parts.getprop import Props
from agents.phone.parts.part import Recorded
from agents.phone.parts.settings import GLOBAL

RIGHTS = (
    "android.permission.INJECT_EVENTS",
    "android.permission.READ_SMS",
    "android.permission.WRITE_SECURE_SETTINGS",
)
REFUSED = """tried=com.android.contacts/contacts
No result found.
tried=sms
java.io.FileNotFoundException: /data/system/theme_config/theme_compatibility.xml
\tat libcore.io.IoBridge.open(IoBridge.java:574)
No result found.
tried=call_log/calls
Error while accessing provider:call_log
java.lang.SecurityException: Permission Denial: opening provider com.android.providers.contacts
        at android.os.Parcel.readException(Unknown Source:63)
"""


def known(props=(), granted=RIGHTS, tries=()):
    return {one.name: one for one in capabilities_of(Props(dict(props)), granted, tries)}


def test_a_right_the_shell_holds_is_told_as_one():
    found = known()

    assert (found["type_and_tap"].allowed, found["type_and_tap"].how) == (True, "told")
    assert found["read_calls"].allowed is False


def test_where_no_right_could_be_read_nothing_is_known():
    assert known(granted=()) == {}


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("0", False), ("", False)])
def test_xiaomis_switch_decides_over_the_right(value, allowed):
    switch = {"ro.miui.ui.version.name": "V816", "persist.security.adbinput": value}
    found = known(switch)

    assert found["type_and_tap"].allowed is found["change_settings"].allowed is allowed
    assert found["read_messages"].allowed is True


def test_oppos_monitor_takes_rights_away_while_it_is_on():
    assert known({"persist.sys.permission.enable": "true"})["change_settings"].allowed is False
    assert known({"persist.sys.permission.enable": "false"})["change_settings"].allowed is True


def test_a_try_is_believed_before_a_right():
    tries = capabilities.tried(REFUSED)
    found = known(tries=tries)

    assert [(one.name, one.allowed) for one in tries] == [
        ("read_contacts", True),
        ("read_messages", True),
        ("read_calls", False),
    ]
    assert found["read_calls"].word.startswith("java.lang.SecurityException: Permission Denial")
    assert found["read_contacts"].how == "tried"


def test_a_try_that_failed_for_another_reason_proves_nothing():
    text = "tried=sms\njava.lang.IllegalStateException: Could not find provider: sms\n"

    assert capabilities.tried(text) is None


CONNECTIVITY = """NetworkProviders for:
Active default network: 101

Current Networks:
  NetworkAgentInfo{network{101}  handle{4}  ni{VPN CONNECTED extra: }  nc{[ Transports: WIFI|VPN \
Capabilities: INTERNET&VALIDATED SSID: "Home-5F" UnderlyingNetworks: [100]]} }
Network Requests:
  NetworkRequest [ REQUEST id=3, [ Transports: CELLULAR Capabilities: INTERNET ] ]
"""


def test_the_kinds_of_networks_there_are_and_not_those_apps_wish_for():
    assert network.transports(CONNECTIVITY) == {"wifi", "vpn"}
    assert network.transports("Active default network: none\n") == frozenset()
    assert network.transports("Can't find service: connectivity") is None


def test_the_name_of_a_network_stays_on_the_phone():
    script = f"t(){{ cat <<'END'\n{CONNECTIVITY}\nEND\n}};{NETWORK.command}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False, timeout=20)

    assert done.stdout.decode() == "Active default network: 101\nTransports: WIFI|VPN\n"


def test_a_person_who_added_no_certificate_has_no_folder_of_them():
    folder = "/data/misc/user/0/cacerts-added"

    assert network.certificates(f"ls: {folder}: No such file or directory") == 0
    assert network.certificates("9a5ba575.0\n269953fb.0\n") == 2
    assert network.certificates("") == 0
    assert network.certificates(f"ls: {folder}: Permission denied") is None


def test_settings_tell_of_a_proxy():
    def proxy(line):
        return facts_of(
            {"settings_global": Recorded(f"device_provisioned=1\n{line}")}
        ).network.proxy

    assert [proxy("http_proxy=10.0.0.1:8080"), proxy("http_proxy=:0"), proxy("")] == [
        True,
        False,
        False,
    ]
    assert facts_of({}).network.proxy is None


def test_every_setting_that_is_read_is_asked_for():
    listed = "\n".join(f"{key}=1" for key in GLOBAL)
    script = f"t(){{ echo '{listed}';}};{SETTINGS_GLOBAL.command}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=False, timeout=20)

    assert done.stdout.decode().split() == listed.split()


@pytest.mark.parametrize(
    ("said", "cycles"),
    [
        ("kernel cycle: 312\n  level: 80\n", 312),
        ("kernel cycle: 0\n  level: 80\n", None),
        ("kernel cycle: \ncat: /sys/class/power_supply: Permission denied\n  level: 80\n", None),
        ("kernel cycle: 312\n  level: 80\n  Charging cycle: 214\n", 214),
    ],
)
def test_cycles_are_androids_or_the_kernels(said, cycles):
    assert battery.parse(said).cycles == cycles
