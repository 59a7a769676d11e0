"""Phones without a cable: kept connected by the agent, told of by commands beside it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.handset.adb_server import AdbServer
from agents.handset.wireless import Wireless
from agents.station.addresses import Addresses, Kept
from agents.station.home import Home
from agents.station.store import Store
from cli.app import main
from cli.exits import INVALID, NOT_FOUND, OK, UNAVAILABLE
from tests.agents.station.desk import Desk, Running, present, until
from tests.handset_fixtures import StartHandset

Command = Callable[..., Result]


@pytest.fixture
def command(enrolled: Home, monkeypatch: pytest.MonkeyPatch, adb_server: AdbServer) -> Command:
    """Give `workfleet agent …` as a person at the station runs it."""
    monkeypatch.setenv("WORKFLEET_STATION", str(enrolled.path))
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(adb_server.port))

    def run(*words: str, expect: int = OK, typed: str | None = None) -> Result:
        done = CliRunner().invoke(main, ["--lang", "en", "agent", *words], input=typed)
        assert done.exit_code == expect, (words, done.exit_code, done.output)
        return done

    return run


@pytest.fixture
def wireless(start_handset: StartHandset, adb_server: AdbServer) -> Iterator[Wireless]:
    """Give a phone that is in the Wi-Fi and on no cable."""
    with Wireless(start_handset(adb=None)) as wireless:
        yield wireless
        adb_server.disconnect(wireless.address)


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[Addresses]:
    store = Store(tmp_path / "outbox.db")
    yield Addresses(store)
    store.close()


def test_a_phone_that_moved_stands_once_in_the_list(addresses: Addresses) -> None:
    addresses.keep(Kept("10.0.0.1:1111", "S1", "adb-S1-abc"))
    addresses.keep(Kept("10.0.0.2:2222", "S2"))
    addresses.keep(Kept("10.0.0.1:3333", "S1", "adb-S1-abc"))

    assert [one.address for one in addresses.all()] == ["10.0.0.1:3333", "10.0.0.2:2222"]


def test_where_a_forgotten_phone_is_now_is_not_noted(addresses: Addresses) -> None:
    phone = Kept("10.0.0.1:1111", "S1")
    addresses.keep(phone)
    assert addresses.forget("S1") == [phone]

    addresses.moved(phone, "10.0.0.1:2222")

    assert addresses.all() == []
    assert addresses.forget("S1") == []


def test_a_phone_is_known_by_what_adb_makes_of_its_name() -> None:
    phone = Kept("10.0.0.1:1111", "S1")

    assert phone.is_at("10.0.0.1:1111")
    assert phone.is_at("adb-S1-KSx0Wv (2)._adb-tls-connect._tcp")
    assert not phone.is_at("adb-S12-KSx0Wv._adb-tls-connect._tcp")
    assert not Kept("10.0.0.1:1111").is_at("adb-")


@pytest.mark.handset
def test_a_phone_is_paired_kept_and_forgotten_beside_a_running_agent(
    desk: Desk, agent: Running, command: Command, wireless: Wireless, adb_server: AdbServer
) -> None:
    dialog = wireless.show_code()
    said = command(
        "pair", dialog.address, "--connect", wireless.address, typed=f"{dialog.code}\n"
    ).output
    assert wireless.handset.serial in said
    assert dialog.code not in said
    until(lambda: present(desk, wireless.handset))

    wireless.handset.unplug()
    until(lambda: not present(desk, wireless.handset))
    wireless.handset.plug_in()
    until(lambda: present(desk, wireless.handset))  # nobody did anything

    command("forget", wireless.handset.serial)
    until(lambda: not present(desk, wireless.handset))
    assert adb_server.state(wireless.address) == "absent"
    assert "None yet" in command("phones").output
    assert dialog.code not in "".join(agent.said)


@pytest.mark.handset
def test_a_new_port_replaces_the_old_one(
    desk: Desk, agent: Running, command: Command, wireless: Wireless
) -> None:
    dialog = wireless.show_code()
    command("pair", dialog.address, "--connect", wireless.address, typed=dialog.code)
    until(lambda: present(desk, wireless.handset))

    wireless.switch_off()  # the phone restarts
    wireless.handset.reboot()
    until(lambda: any("goes on trying" in line for line in agent.said))
    wireless.switch_on()
    command("connect", wireless.address)

    until(lambda: present(desk, wireless.handset))
    [shown] = json.loads(command("phones", "-o", "json").output)["items"]
    assert (shown["address"], shown["state"]) == (wireless.address, "connected")


@pytest.mark.handset
def test_an_agent_connects_its_phones_when_it_starts(
    desk: Desk, enrolled: Home, command: Command, wireless: Wireless, adb_server: AdbServer
) -> None:
    dialog = wireless.show_code()
    command("pair", dialog.address, "--connect", wireless.address, typed=dialog.code)
    adb_server.disconnect(wireless.address)

    running = Running(enrolled, adb_server)
    running.start()
    try:
        until(lambda: present(desk, wireless.handset))
    finally:
        running.end()


@pytest.mark.handset
def test_a_phone_that_is_paired_and_not_found_is_told_so(
    command: Command, wireless: Wireless
) -> None:
    dialog = wireless.show_code()

    refused = command("pair", dialog.address, typed=dialog.code, expect=UNAVAILABLE)
    assert wireless.guid in refused.stderr
    assert "workfleet agent connect" in refused.stderr

    command("connect", wireless.address)


@pytest.mark.handset
def test_what_cannot_be_is_refused_and_nothing_kept(
    command: Command, wireless: Wireless, adb_server: AdbServer
) -> None:
    dialog = wireless.show_code()
    wrong = f"{(int(dialog.code) + 1) % 1_000_000:06d}"

    assert "port" in command("pair", "192.168.1.5", typed="123456", expect=INVALID).stderr
    assert "six digits" in command("pair", dialog.address, typed="12345", expect=INVALID).stderr
    assert "this code" in command("pair", dialog.address, typed=wrong, expect=INVALID).stderr
    assert (
        "Nothing takes" in command("pair", "127.0.0.1:1", typed="123456", expect=UNAVAILABLE).stderr
    )
    assert "refused" in command("connect", "127.0.0.1:1", expect=UNAVAILABLE).stderr
    command("connect", wireless.address, expect=UNAVAILABLE)  # not paired
    command("forget", wireless.address, expect=NOT_FOUND)
    assert "None yet" in command("phones").output
