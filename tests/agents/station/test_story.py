"""A station with a real server and real adbd: phones come, are known, are worked on, and go."""

import pytest

from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from tests.agents.station.desk import ended, present, rotation_due, until, value_in_vault

pytestmark = pytest.mark.handset


def test_a_phone_that_is_plugged_in_is_inventoried_and_missed_when_it_goes(desk, agent, handset):
    device = until(lambda: present(desk, handset))
    assert device.model == handset.props["ro.product.model"]

    handset.unplug()
    until(lambda: not present(desk, handset))

    handset.plug_in()
    until(lambda: present(desk, handset))
    assert desk.trail_is_whole()


def test_a_pin_is_rotated_and_proven_by_the_phone_itself(desk, agent, handset):
    until(lambda: present(desk, handset))
    rotation = rotation_due(desk, handset)

    done = until(lambda: ended(desk, rotation))

    assert (done.state, done.level) == (RotationState.PROVEN, Level.PROVEN)
    assert handset.lock.secret == value_in_vault(desk, handset) != handset.profile.pin
