import pytest

from tests.fleet.requests.company import Company
from tests.fleet.stations.desk import Desk, Post


@pytest.fixture
def company(session, tools, make) -> Company:
    return Company(session, tools, make)


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)


@pytest.fixture
def post(desk: Desk) -> Post:
    return desk.post()
