"""Several adb servers at one station: nothing of one is taken for another's."""

import os
import signal
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.phone.errors import CannotPair, PhoneNotConnected
from agents.phone.pairing import connect, finds_phones, pair
from agents.phone.server import Adb
from agents.station.home import Home
from agents.station.phones import Here, Phones
from fleet.contracts.facts import PhoneFacts
from fleet.database import ChangedMeanwhile
from tests.agents.station.desk import (
    Desk,
    Running,
    ended,
    present,
    rotation_due,
    until,
    value_in_vault,
)
from tests.handset_fixtures import StartHandset
from tests.old_adb import old_adb
from tests.ports import free_port

Follow = Callable[..., Running]


@pytest.fixture
def other_server(handsets_possible: None) -> Iterator[AdbServer]:
    with AdbServer() as server:
        yield server


@pytest.fixture
def follow(enrolled: Home, adb_server: AdbServer) -> Iterator[Follow]:
    """Give an agent that follows the servers at some addresses."""
    running: list[Running] = []

    def start(*adbs: str) -> Running:
        running.append(Running(enrolled, adb_server, adbs=adbs))
        running[0].start()
        return running[0]

    yield start
    for one in running:
        one.end()


def at(server: AdbServer) -> str:
    return f"127.0.0.1:{server.port}"


def planned(desk: Desk, phone: Handset) -> UUID | None:
    """Plan a rotation, unless a report of the phone comes in at that instant."""
    try:
        rotation: UUID = rotation_due(desk, phone)
    except ChangedMeanwhile:
        return None
    return rotation


def test_a_cable_at_another_server_is_a_cable() -> None:
    phones = Phones()
    for transport in ("192.168.0.9:5555@127.0.0.1:5037", "USB1@192.168.0.2:5037"):
        phones.seen(Here(transport, "S1", PhoneFacts()), lambda *_: True)

    assert phones.find("S1").transport == "USB1@192.168.0.2:5037"


@pytest.mark.handset
def test_the_end_of_one_server_leaves_the_phones_of_the_other(
    desk: Desk,
    follow: Follow,
    start_handset: StartHandset,
    adb_server: AdbServer,
    other_server: AdbServer,
) -> None:
    here = start_handset()
    there = start_handset("oppo-find-x7-coloros", adb=other_server)
    agent = follow(at(adb_server), at(other_server))
    until(lambda: present(desk, here) and present(desk, there))

    os.kill(other_server.pid, signal.SIGKILL)

    until(lambda: not present(desk, there))
    assert any(at(other_server) in line and "away" in line for line in agent.said)
    assert present(desk, here)
    rotation = until(lambda: planned(desk, here))
    until(lambda: ended(desk, rotation))
    assert value_in_vault(desk, here) == here.lock.secret


@pytest.mark.handset
def test_one_phone_at_two_servers_counts_once_and_outlives_one(
    desk: Desk,
    follow: Follow,
    start_handset: StartHandset,
    adb_server: AdbServer,
    other_server: AdbServer,
) -> None:
    phone = start_handset()
    other_server.connect(phone.address)  # both call it alike
    agent = follow(at(adb_server), at(other_server))
    until(lambda: any("a second way" in line for line in agent.said))
    until(lambda: present(desk, phone))

    adb_server.disconnect(phone.address)

    rotation = until(lambda: planned(desk, phone))
    until(lambda: ended(desk, rotation))
    assert value_in_vault(desk, phone) == phone.lock.secret
    assert not any("is gone" in line for line in agent.said)


@pytest.mark.handset
def test_a_server_of_another_machine_is_waited_for_and_not_started(
    desk: Desk, follow: Follow, start_handset: StartHandset, adb_server: AdbServer
) -> None:
    phone, away = start_handset(), f"127.0.0.2:{free_port()}"
    agent = follow(at(adb_server), away)

    until(lambda: present(desk, phone))
    until(lambda: any(away in line and "away" in line for line in agent.said))


@pytest.mark.handset
def test_an_adb_of_2019_serves_all_but_pairing(
    desk: Desk, follow: Follow, start_handset: StartHandset, adb_server: AdbServer
) -> None:
    with AdbServer(adb=old_adb()) as old:
        adb = Adb(port=old.port)
        assert adb.version() == Adb(port=adb_server.port).version()  # the number tells nothing
        assert "sendrecv_v2" not in adb.server_features()
        assert not finds_phones(adb)
        with pytest.raises(CannotPair):
            pair(adb, "127.0.0.1:1", "123456")
        with pytest.raises(PhoneNotConnected):
            connect(adb, "127.0.0.1:1")

        here, there = start_handset(), start_handset("oppo-find-x7-coloros", adb=old)
        agent = follow(at(adb_server), at(old))
        until(lambda: present(desk, here) and present(desk, there))
        assert [at(old) in line for line in agent.said if "too old" in line] == [True]
        rotation = until(lambda: planned(desk, there))
        until(lambda: ended(desk, rotation))
        assert value_in_vault(desk, there) == there.lock.secret
        there.stop()
