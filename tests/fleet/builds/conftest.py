import pytest

from tests.fleet.stations.desk import Desk


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)
