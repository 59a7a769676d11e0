"""A phone is told as soon as it has said what is quick, and again when it has said the rest."""

from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import select

from agents.phone.parts import slow
from agents.station.answers import Answers
from fleet.contracts.rotation import RotationState
from fleet.contracts.stations import JobState
from fleet.devices.models import Device, DeviceChange
from fleet.rotation.models import Rotation
from fleet.stations.models import Job, Station, StationReport
from tests.agents.station.desk import Running, ended, present, rotation_due, until

pytestmark = pytest.mark.handset

SLOW = "dumpsys diskstats"  # one of the slow questions


class Held:
    """A slow question that a phone answers when the test says so."""

    def __init__(self, handset):
        self.asked, self.answered = Event(), Event()
        handset.when_stopped(self.answered.set)
        handset.before(SLOW, self._wait, times=1 << 30)

    def _wait(self):
        self.asked.set()
        self.answered.wait()


@pytest.fixture
def plugged(desk, start_handset, monkeypatch):
    """Give a phone that comes to a station at work, and is held at a slow question."""
    patient = replace(slow.DISK_STATS, seconds=600)
    monkeypatch.setattr(slow, "DISK_STATS", patient)

    def phone():
        first = until(lambda: heard_of(desk))
        until(lambda: heard_of(desk) != first)  # it has taken in what it was answered
        handset = start_handset(seed=False)
        handset.held = Held(handset)
        return handset

    return phone


def heard_of(desk):
    with desk.looking() as session:
        return session.scalar(select(Station.last_seen_at))


def facts(desk, phone):
    with desk.looking() as session:
        device = session.scalar(select(Device).where(Device.serial == phone.serial))
        return device and device.known_facts


def is_whole(desk, phone):
    found = facts(desk, phone)
    return found is not None and not any(gap.awaited for gap in found.gaps)


def visits(desk):
    """Return how often a phone was told of."""
    with desk.looking() as session:
        kinds = list(session.scalars(select(StationReport.kind)))
    return sum(kind in {"phone_seen", "phone_unchanged"} for kind in kinds)


def changes(desk):
    with desk.looking() as session:
        return [line.field for line in session.scalars(select(DeviceChange))]


def test_it_is_known_before_slow_questions_are_answered_and_they_change_nothing(
    desk, agent, plugged
):
    phone = plugged()
    until(lambda: present(desk, phone))
    first = facts(desk, phone)
    assert first.awaits("disk_stats")
    assert first.battery.level is not None
    assert first.app("com.tencent.mm").certificate is None

    phone.held.answered.set()

    until(lambda: is_whole(desk, phone))
    assert facts(desk, phone).app("com.tencent.mm").certificate
    assert changes(desk) == []
    assert visits(desk) == 2
    assert sum("is here" in line for line in agent.said) == 1
    assert desk.trail_is_whole()


def test_no_job_begins_on_it_until_it_has_said_all(desk, agent, plugged):
    phone = plugged()
    until(lambda: present(desk, phone))
    rotation = rotation_due(desk, phone)
    until(lambda: is_lent(desk, rotation))

    assert not any("begins" in line for line in agent.said)
    phone.held.answered.set()

    assert until(lambda: ended(desk, rotation)).state is RotationState.PROVEN


def is_lent(desk, rotation):
    with desk.looking() as session:
        job = session.get(Job, session.get(Rotation, rotation).job_id)
        return job.state is JobState.LEASED


def test_a_cable_pulled_in_between_costs_what_was_not_said(desk, agent, plugged):
    phone = plugged()
    until(lambda: present(desk, phone))

    phone.unplug()
    until(lambda: not present(desk, phone))
    assert not is_whole(desk, phone)
    phone.held.answered.set()
    phone.plug_in()

    until(lambda: present(desk, phone) and is_whole(desk, phone))
    assert changes(desk) == []


def test_an_agent_killed_in_between_asks_again(desk, killable, plugged):
    killable.start()
    phone = plugged()
    until(lambda: present(desk, phone))

    killable.kill()
    phone.held.answered.set()
    killable.start()

    until(lambda: is_whole(desk, phone))
    assert changes(desk) == []


def test_a_server_that_takes_a_visit_whole_gets_it_whole(
    desk, enrolled, adb_server, plugged, monkeypatch
):
    does_not_say_so = property(lambda _self: False, lambda _self, _said: None)
    monkeypatch.setattr(Answers, "told_at_once", does_not_say_so)
    agent = Running(enrolled, adb_server)
    agent.start()
    try:
        phone = plugged()
        assert phone.held.asked.wait(30)
        assert facts(desk, phone) is None
        phone.held.answered.set()
        until(lambda: is_whole(desk, phone))
    finally:
        agent.end()
    assert visits(desk) == 1
