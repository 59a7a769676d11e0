from dataclasses import dataclass, field

import pytest

from fleet.access.actor import Actor, HeldRole
from fleet.accounts.models import Account
from fleet.contracts.access import Role
from fleet.custody.issuing import issue
from fleet.devices.models import Device
from fleet.people.models import Employee
from fleet.sims.models import Sim


@dataclass
class Held:
    """Ann, what she holds, and what she may."""

    ann: Employee
    phone: Device
    sim: Sim
    account: Account
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.actor = Actor(
            self.ann.id, self.ann.name, (HeldRole(Role.EMPLOYEE),), employee_id=self.ann.id
        )


@pytest.fixture
def held(session, make) -> Held:
    """Give Ann a phone with a SIM in it and an account on it."""
    ann, phone, sim, account = make.employee(), make.device(), make.sim(), make.account()
    issue(session, to=ann, devices=[phone], sims=[sim], accounts=[account], actor=make.actor())
    session.commit()
    return Held(ann, phone, sim, account)
