import pytest

from fleet.contracts.rotation import PlanIn
from fleet.keys.keyring import Keyring
from fleet.rotation.batches import plan_part
from fleet.rotation.models import Rotation
from fleet.rotation.queries import rotation_of
from fleet.settings import Settings
from fleet.vault.tools import Tools
from tests.fleet.stations.desk import Desk

AT_ONCE = PlanIn(at_once=True)


def planned_now(session, tools, actor) -> list[Rotation]:
    """Plan what is due as a person who stands by the phones does, and return it."""
    done = plan_part(session, tools, AT_ONCE, actor=actor)
    return [rotation_of(session, one) for one in done.begun]


@pytest.fixture
def tools(tmp_path) -> Tools:
    return Tools(Keyring.of(bytes(32)), Settings(home=tmp_path, recipients=("age1test",)))


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)
