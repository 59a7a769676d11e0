"""Phones that hang are found and said in words, hold up nobody, and come back by themselves."""

from contextlib import suppress
from threading import Thread

import pytest
from adbutils import AdbError, AdbTimeout
from sqlalchemy import select

from agents.handset.faults import Hang
from agents.phone.errors import PhoneUnreachable
from agents.station import loop, pulse, watch
from fleet.audit.models import AuditEntry
from fleet.contracts.ports import PortState
from fleet.stations.models import StationPort
from tests.agents.station.desk import Running, present, until
from tests.bare_phone import bare_phone

pytestmark = pytest.mark.handset


def port(desk, phone, state):
    """Return what the server knows of the phone's port once it is in `state`."""
    with desk.looking() as session:
        mine = StationPort.transport == phone.address, StationPort.state == state
        return session.scalar(select(StationPort).where(*mine))


def unreadable(desk, transport):
    """Return the states in which a phone was reported, and why."""
    with desk.looking() as session:
        noted = select(AuditEntry).where(AuditEntry.event == "station.phone_unreadable")
        told = [entry.details for entry in session.scalars(noted)]
        return [(one["state"], one["reason"]) for one in told if one["transport"] == transport]


def test_a_phone_that_was_well_is_found_and_comes_back_by_itself(desk, agent, handset):
    until(lambda: present(desk, handset))
    assert until(lambda: port(desk, handset, PortState.READY)).serial == handset.serial

    handset.stop_flow()

    hung = until(lambda: port(desk, handset, PortState.HUNG))
    assert (hung.port, hung.serial) == (handset.address, handset.serial)
    until(lambda: not present(desk, handset))
    ((state, reason),) = unreadable(desk, handset.address)
    assert state == "hung"
    assert "restart" in reason
    assert agent.adb.state(handset.address) == "device"

    handset.resume_flow()

    until(lambda: present(desk, handset))
    assert until(lambda: port(desk, handset, PortState.READY))
    assert len(unreadable(desk, handset.address)) == 1


def test_a_phone_that_could_not_be_read_is_read_as_soon_as_it_can_be(
    desk, enrolled, handset, monkeypatch
):
    monkeypatch.setattr(pulse, "LONGEST_REST", 0.1)
    monkeypatch.setattr("agents.station.backoff.random.uniform", lambda *_: 0.01)
    refusals = FailsAtFirst(watch.look, 3 * watch.TRIES)
    monkeypatch.setattr(watch, "look", refusals)
    agent = Running(enrolled, handset.adb)
    agent.start()
    try:
        until(lambda: present(desk, handset))
    finally:
        agent.end()
    assert refusals.left == 0
    assert len(unreadable(desk, handset.address)) == 1
    assert sum("cannot be read" in line for line in agent.said) == 1


class FailsAtFirst:
    """Looks at a phone whose connection breaks so many times."""

    def __init__(self, look, times):
        self.look, self.left = look, times

    def __call__(self, phone, **given):
        if self.left:
            self.left -= 1
            raise PhoneUnreachable(serial=phone.serial, reason="cut off")
        return self.look(phone, **given)


def test_those_that_hang_from_the_start_do_not_hold_up_the_others(
    desk, enrolled, start_handset, monkeypatch
):
    monkeypatch.setattr(loop, "PROBES", 1)
    hanging = [start_handset(seed=False) for _ in range(2)]
    for phone in hanging:
        phone.stop_flow()
    well = [start_handset("oppo-find-x7-coloros", seed=False) for _ in range(2)]
    agent = Running(enrolled, hanging[0].adb)
    agent.start()
    try:
        for phone in well:
            until(lambda phone=phone: present(desk, phone))
        for phone in hanging:
            assert until(lambda phone=phone: port(desk, phone, PortState.HUNG)).serial is None
    finally:
        agent.end()


def test_a_phone_that_hangs_while_it_is_probed_lets_the_next_one_in(
    desk, enrolled, start_handset, monkeypatch
):
    monkeypatch.setattr(loop, "PROBES", 1)
    hanging = start_handset(seed=False)
    hanging.before("getprop", hanging.stop_flow)
    agent = Running(enrolled, hanging.adb)
    agent.start()
    try:
        until(lambda: not hanging.flows)
        well = start_handset("oppo-find-x7-coloros", seed=False)
        until(lambda: present(desk, well))
        assert until(lambda: port(desk, hanging, PortState.HUNG))
        assert not present(desk, hanging)
    finally:
        agent.end()


def test_phones_whose_system_hangs_do_not_hold_up_the_others(
    desk, enrolled, start_handset, monkeypatch
):
    """Their shells answer, and what a visit asks comes to no end."""
    monkeypatch.setattr(loop, "PROBES", 1)
    monkeypatch.setattr(watch, "QUICK", 3.0)
    monkeypatch.setattr(watch, "DEADLINE", 5.0)
    monkeypatch.setattr(pulse, "LONGEST_REST", 3.0)
    frozen = Hang("dumpsys")
    hanging = start_handset(seed=False, faults=[frozen])
    well = start_handset("oppo-find-x7-coloros", seed=False)
    agent = Running(enrolled, hanging.adb)
    agent.start()
    try:
        until(lambda: present(desk, well))
        assert until(lambda: port(desk, hanging, PortState.HUNG))
        frozen.released.set()
        until(lambda: present(desk, hanging))
        assert [state for state, _ in unreadable(desk, hanging.address)] == ["hung"]
    finally:
        agent.end()


def connect(adb, address):
    with suppress(AdbError, AdbTimeout):  # adb waits for a phone that never answers
        adb.client.connect(address)


@pytest.mark.parametrize(
    ("phone", "state", "words"),
    [
        ("unauthorized", "unauthorized", "allow USB debugging"),
        ("recovery", "recovery", "Reboot system now"),
        ("silent", "offline", "take another cable"),
    ],
)
def test_a_phone_that_adb_can_do_nothing_with_says_what_to_do(desk, agent, phone, state, words):
    with bare_phone(phone) as address:
        asked = Thread(target=connect, args=(agent.adb, address))
        asked.start()
        try:
            told = until(lambda: dict(unreadable(desk, address)).get(state))
        finally:
            agent.adb.disconnect(address)
            asked.join()

    assert words in told
    assert any(words in line for line in agent.said)


def test_an_agent_that_stops_leaves_a_picture_that_is_not_live(desk, enrolled, handset):
    agent = Running(enrolled, handset.adb)
    agent.start()
    until(lambda: port(desk, handset, PortState.READY))

    agent.end()

    assert port(desk, handset, PortState.UNWATCHED).serial == handset.serial
