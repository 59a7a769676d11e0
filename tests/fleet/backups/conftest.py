import pytest

from fleet.backups.models import Backup
from fleet.backups.services import plan_backup
from fleet.devices.models import Device


@pytest.fixture
def device(desk, post, make) -> Device:
    device = make.device()
    desk.plug_in(post, device)
    return device


@pytest.fixture
def backup(session, tools, make, device) -> Backup:
    backup = plan_backup(session, tools, device, reason="leaving", actor=make.actor())
    session.commit()
    return backup


@pytest.fixture
def lease(desk, post, backup):
    return desk.lease(post)
