"""A station with a real server and real adbd: phones come, are known, are worked on, and go."""

import pytest

from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.vault.queries import active_value, known_credential, pin_of
from fleet.vault.services import adopt
from tests.agents.station.conftest import CLERK, until

pytestmark = pytest.mark.handset


def present(desk, phone):
    device = desk.device(phone.serial)
    return device if device is not None and device.present else None


def rotation_due(desk, phone):
    """Hand the phone's PIN to the vault and plan its change; return the rotation's id."""
    with desk.acting() as session:
        device = session.merge(desk.device(phone.serial))
        if phone.profile.pin:
            adopt(
                session,
                desk.tools,
                pin_of(device),
                value=phone.profile.pin,
                reason="known",
                actor=CLERK,
            )
        return plan_rotation(session, desk.tools, device, reason="asked", actor=CLERK).id


def ended(desk, rotation):
    with desk.looking() as session:
        found = session.get(Rotation, rotation)
        return found if found.ended_at else None


def value_in_vault(desk, phone):
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        return active_value(session, desk.tools.keyring, pin_of(device))


def level_in_vault(desk, phone):
    with desk.looking() as session:
        device = session.merge(desk.device(phone.serial), load=False)
        return known_credential(session, pin_of(device)).level


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
