import pytest

from tests.fleet.stations.desk import Desk, Post


@pytest.fixture
def desk(session, tools, make) -> Desk:
    return Desk(session, tools, make)


@pytest.fixture
def post(desk) -> Post:
    return desk.post()


@pytest.fixture
def phone(make):
    return make.device()
