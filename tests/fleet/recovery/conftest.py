import pytest

from fleet.keys.keyring import Keyring
from fleet.settings import Settings
from fleet.vault.tools import Tools
from tests.fleet.stations.desk import Desk


@pytest.fixture
def tools(tmp_path) -> Tools:
    return Tools(Keyring.of(bytes(32)), Settings(home=tmp_path, recipients=("age1test",)))


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)
