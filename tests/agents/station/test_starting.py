"""A phone that is still starting: adb reaches it, and what it would say of itself is not so yet."""

import pytest
from sqlalchemy import select

from agents.phone.probe import RawPart, Visit
from fleet.contracts.clock import now
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.ports import PortState
from fleet.devices.models import Device
from fleet.stations.models import StationPort
from tests.agents.station.desk import present, until

pytestmark = pytest.mark.handset


@pytest.fixture
def phone(start_handset):
    phone = start_handset(seed=False)
    phone.state.started = False
    return phone


def port_of(desk, phone):
    with desk.looking() as session:
        return session.scalar(select(StationPort).where(StationPort.transport == phone.address))


def test_it_is_read_whole_once_it_has_started(desk, phone, agent, monkeypatch):
    monkeypatch.setattr("agents.station.watch.STARTING", 0.05)
    until(lambda: any("still starting" in line for line in agent.said))
    until(lambda: (port := port_of(desk, phone)) and port.state is PortState.UNREADABLE)
    assert desk.device(phone.serial) is None

    phone.state.started = True

    until(lambda: present(desk, phone))
    with desk.looking() as session:
        facts = session.scalars(select(Device)).one().known_facts
    assert facts.accounts  # of which no phone tells that is still starting
    assert [gap for gap in facts.gaps if not gap.awaited] == []
    assert len([line for line in agent.said if "still starting" in line]) == 1


@pytest.mark.parametrize(
    ("said", "status", "cut", "has_started"),
    [
        (b"[ro.product.model]: [X]\n[sys.boot_completed]: [1]\n", 0, False, True),
        (b"[ro.product.model]: [X]\n", 0, False, False),
        (b"[ro.product.model]: [X]\n[sys.boot_completed]: [0]\n", 0, False, False),
        (b"[ro.product.model]: [X]\n", 0, True, True),  # what is cut off may be the property
        (b"[ro.product.model]: [X]\n", 124, False, True),
        (b"", 0, False, True),
    ],
)
def test_only_one_that_tells_all_its_properties_is_known_to_be_starting(
    said, status, cut, has_started
):
    part = RawPart("getprop", "getprop", said, status, cut)

    assert Visit(now(), (part,), PhoneFacts()).has_started is has_started
    assert Visit(now(), (), PhoneFacts()).has_started
