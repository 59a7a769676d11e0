"""One phone counts once however it is reached; two phones with one serial are both refused."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from agents.station.phones import Here, Phones, Seen
from fleet.contracts.facts import PhoneFacts
from fleet.stations.models import StationPort
from tests.agents.station.desk import present, until


def here(transport: str, serial: str = "S1") -> Here:
    return Here(transport, serial, PhoneFacts())


def yes(*_transports) -> bool:
    return True


def no(*_transports) -> bool:
    return False


def test_a_second_way_counts_once_and_the_cable_is_preferred():
    phones = Phones()
    assert phones.seen(here("192.168.0.9:5555"), yes) is Seen.NEW
    assert phones.seen(here("USB1"), yes) is Seen.SECOND_WAY
    assert phones.present() == ["S1"]
    assert phones.find("S1").transport == "USB1"


def test_a_phone_is_gone_when_its_last_way_is():
    phones = Phones()
    phones.seen(here("A"), yes)
    phones.seen(here("B"), yes)
    assert phones.left("A").serial is None
    assert phones.left("B").serial == "S1"
    assert phones.left("B").serial is None


def test_two_phones_with_one_serial_are_not_worked_on_until_one_leaves():
    phones = Phones()
    phones.seen(here("A"), no)
    assert phones.seen(here("B"), no) is Seen.CLASH
    assert (phones.present(), phones.find("S1")) == ([], None)
    assert phones.clashing("S1") == ["A", "B"]

    gone = phones.left("A")

    assert (gone.serial, gone.probe) == (None, ("B",))
    assert phones.seen(here("B"), no) is Seen.NEW
    assert phones.present() == ["S1"]


def test_a_phone_that_is_asked_slow_questions_is_here_and_free_for_no_job():
    phones = Phones()
    phones.seen(here("USB1"), yes)
    asked = replace(here("192.168.0.9:5555"), is_asked=True)
    assert phones.seen(asked, yes) is Seen.SECOND_WAY
    assert phones.present() == ["S1"]
    assert phones.find("S1").transport == "USB1"
    assert phones.free("S1") is None

    assert phones.answered(asked)

    assert phones.free("S1").transport == "USB1"
    assert not phones.answered(asked)


def test_a_phone_that_came_again_is_asked_though_an_earlier_asking_ends():
    phones = Phones()
    first, second = (replace(here("USB1"), is_asked=True) for _ in range(2))
    phones.seen(first, yes)
    phones.left("USB1")
    phones.seen(second, yes)

    assert not phones.answered(first)
    assert phones.free("S1") is None


def test_a_second_way_is_said_once():
    phones = Phones()
    phones.seen(here("USB1"), yes)
    phones.seen(here("192.168.0.9:5555"), yes)

    assert phones.seen(here("192.168.0.9:5555"), yes) is Seen.AGAIN


@pytest.mark.handset
def test_one_phone_over_two_transports_is_one_device(desk, agent, handset, adb_server):
    until(lambda: present(desk, handset))
    port = handset.address.partition(":")[2]
    adb_server.connect(f"localhost:{port}")
    try:
        until(lambda: any("a second way" in line for line in agent.said))
        handset.unplug()
        adb_server.disconnect(f"localhost:{port}")
        until(lambda: not present(desk, handset))
    finally:
        adb_server.disconnect(f"localhost:{port}")


@pytest.mark.handset
def test_a_phone_that_comes_back_elsewhere_is_the_same_phone_at_another_port(
    desk, agent, handset, adb_server
):
    first = until(lambda: present(desk, handset))
    elsewhere = f"localhost:{handset.address.partition(':')[2]}"
    adb_server.disconnect(handset.address)
    until(lambda: not present(desk, handset))

    adb_server.connect(elsewhere)
    try:
        assert until(lambda: present(desk, handset)).id == first.id
        assert until(lambda: ports_of(desk) == {elsewhere: handset.serial})
    finally:
        adb_server.disconnect(elsewhere)


def ports_of(desk):
    with desk.looking() as session:
        return {one.port: one.serial for one in session.scalars(select(StationPort))}


@pytest.mark.handset
def test_two_real_phones_with_one_serial_are_refused_loudly(desk, agent, start_handset):
    first = start_handset(serial="0123456789ABCDEF")
    until(lambda: any("is here" in line for line in agent.said))
    second = start_handset("oppo-find-x7-coloros", serial="0123456789ABCDEF")
    until(lambda: any("Two phones call themselves" in line for line in agent.said))
    until(lambda: not present(desk, first))

    second.unplug()

    until(lambda: sum("is here" in line for line in agent.said) == 2)
